import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * Whether a process has bound a UDP port: read from the kernel's table of the process's own network namespace
 * (proc(5), `/proc/PID/net/udp`), so that nothing has to be sent to find out.
 */
export function ownsUdpPort(pid: number, port: number): boolean {
  try {
    const inodes = socketInodes(pid);
    return ['udp', 'udp6']
      .flatMap((table) => readFileSync(`/proc/${pid}/net/${table}`, 'utf8').split('\n').slice(1))
      .some((row) => {
        // "sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode ..."
        const columns = row.trim().split(/\s+/);
        const localPort = Number.parseInt(columns[1]?.split(':')[1] ?? '', 16);
        return localPort === port && inodes.has(columns[9] ?? '');
      });
  } catch (error) {
    // Gone while we looked.
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

function socketInodes(pid: number): Set<string> {
  const inodes = new Set<string>();
  for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
    const inode = /^socket:\[(\d+)\]$/.exec(readLink(`/proc/${pid}/fd/${descriptor}`))?.[1];
    if (inode !== undefined) inodes.add(inode);
  }
  return inodes;
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // A descriptor that was closed while we looked.
    return '';
  }
}
