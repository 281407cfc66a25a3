/** Descriptors of this process: how many are open, and how many may be. */
import { readFileSync, statSync } from 'node:fs';

/** What POSIX promises at least, where there is no /proc. */
const POSIX_DESCRIPTORS = 1024;

/** Open descriptors that this process may have. Node has raised its soft limit to the hard one already. */
export function descriptorLimit(): number {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return Number(limit ?? POSIX_DESCRIPTORS);
  } catch {
    return POSIX_DESCRIPTORS;
  }
}

/**
 * Those that are open now: since Linux 6.2 the size of /proc/self/fd. Null where the kernel does not say: to list tens
 * of thousands of names each second would block the phones.
 */
export function openDescriptors(): number | null {
  const size = statSync('/proc/self/fd', { throwIfNoEntry: false })?.size ?? 0;
  return size > 0 ? size : null;
}
