/**
 * Debian's three TFTP servers. Each serves the files of one folder, read-only.
 */
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ProgramOptions, startProcess } from './foreground-process.ts';
import { ownLoopbackAddress } from './loopback.ts';
import { asServer, type InteropServer, startOnFreePort } from './server.ts';

export interface TftpServerOptions extends ProgramOptions {
  /** Folder with the files, readable by everybody: servers give up the rights of root. */
  readonly folder: string;
}

/** A new temporary folder with these files, as the servers need it. The caller removes it. */
export function createServedFolder(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'bootstorm-tftp-'));
  chmodSync(folder, 0o755);
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), content);
    chmodSync(join(folder, name), 0o644);
  }
  return folder;
}

/** RFC 1350 section 2: the well-known port. */
const TFTP_PORT = 69;

/** tftpd-hpa: a process for each transfer. Under a burst its socket overflows and requests are lost. */
export function startTftpdHpa({ folder, ...options }: TftpServerOptions): Promise<InteropServer> {
  return startOnFreePort(
    'in.tftpd',
    (port) => ['-4', '-L', '-a', `127.0.0.1:${port}`, '-u', 'nobody', '-s', folder],
    options,
  );
}

/** atftpd: a thread for each transfer. Its block numbers wrap, and it answers options with OACK. */
export function startAtftpd({ folder, ...options }: TftpServerOptions): Promise<InteropServer> {
  const fixed = [
    '--daemon',
    '--no-fork',
    '--user',
    'nobody',
    '--group',
    'nogroup',
    '--logfile',
    '/dev/stdout',
  ];
  return startOnFreePort(
    'atftpd',
    (port) => [
      ...fixed,
      ...['--bind-address', '127.0.0.1', '--port', String(port)],
      ...['--maxthread', '1000', '--tftpd-timeout', '0', folder],
    ],
    options,
  );
}

/** dnsmasq as a TFTP server: its port cannot be chosen, so it has an address of its own. */
export async function startDnsmasqTftp({ folder, ...options }: TftpServerOptions): Promise<InteropServer> {
  const address = ownLoopbackAddress();
  const args = [
    ...['--keep-in-foreground', '--conf-file=/dev/null', '--port=0', '--pid-file', '--log-facility=-'],
    ...['--user=root', '--bind-interfaces', `--listen-address=${address}`],
    ...['--enable-tftp', `--tftp-root=${folder}`, '--tftp-max=5000'],
  ];
  const started = await startProcess('dnsmasq', args, { ...options, readyWhen: { udpPort: TFTP_PORT } });
  return asServer(address, TFTP_PORT, started);
}
