import { lstatSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ENDING_SIGNALS } from '../drivers/ending-signals.ts';
import type { CredentialOrigin } from '../protocols/credential.ts';
import { initialiseAuthority } from './kept-authority.ts';
import { DEFAULT_MIC_ORGANISATION, issuePhoneCertificates, type PhoneToCertify } from './issue-phones.ts';

export interface TemporaryStore {
  /** For `openCertificateStore` and `readAuthority`, in this process and in others. */
  readonly folder: string;
  /** Removes the folder with all keys. */
  close(): void;
}

/** Fewer than a kept folder has: they are made anew for every run. */
const KEYS = 4;
const DAYS = 2;
const PREFIX = 'bootstorm-certificates-';

/**
 * A folder with an authority and a certificate for each phone, for a run against the embedded lab whose scenario names
 * none. It is removed by `close`, and at the latest when the process exits or a signal ends it; what a process that was
 * killed has left goes when the next folder is made.
 */
export async function createTemporaryStore(
  phones: Iterable<PhoneToCertify>,
  seed: number,
  kind: CredentialOrigin = 'lsc',
): Promise<TemporaryStore> {
  const ours = `${PREFIX}${pidSpace()}-`;
  removeLeftovers(ours);
  const folder = await mkdtemp(join(tmpdir(), `${ours}${process.pid}-`));
  const close = removeAtEnd(folder);
  try {
    await initialiseAuthority(folder, { days: DAYS });
    const options = { kind, seed, keys: KEYS, again: false, micOrganisation: DEFAULT_MIC_ORGANISATION };
    await issuePhoneCertificates(folder, phones, options);
    return { folder, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Returns what removes the folder at once, and listens no more. */
function removeAtEnd(folder: string): () => void {
  const close = (): void => {
    process.off('exit', close);
    for (const signal of ENDING_SIGNALS) process.off(signal, onSignal);
    rmSync(folder, { recursive: true, force: true });
  };
  // Without anybody who listens a signal ends the process, and there is no `exit` event. Who else listens decides.
  const onSignal = (signal: NodeJS.Signals): void => {
    if (process.listenerCount(signal) > 1) return;
    close();
    process.kill(process.pid, signal);
  };
  process.once('exit', close);
  for (const signal of ENDING_SIGNALS) process.on(signal, onSignal);
  return close;
}

/** Folders of processes that are gone. Another user's, and those of another container, are not ours to judge. */
function removeLeftovers(prefix: string): void {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    const folder = join(tmpdir(), name);
    const isMine = lstatSync(folder, { throwIfNoEntry: false })?.uid === process.getuid?.();
    if (isMine && isGone(Number.parseInt(name.slice(prefix.length), 10))) {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** In which process numbers mean the same: those of a container that shares this folder are others. */
function pidSpace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '';
  } catch {
    return '';
  }
}
