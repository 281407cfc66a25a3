/** TLS servers that nobody here wrote. */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { startProcess } from './foreground-process.ts';
import { asServer, type InteropServer } from './server.ts';

/** In PEM. */
export interface ServerIdentity {
  readonly certificate: string;
  readonly key: string;
  /** Who certifies clients. */
  readonly authority: string;
}

function identityFiles({ certificate, key, authority }: ServerIdentity): string {
  const folder = temporaryFolder({
    'certificate.pem': certificate,
    'key.pem': key,
    'authority.pem': authority,
  });
  chmodSync(join(folder, 'key.pem'), 0o600);
  return folder;
}

/** OpenSSL's own server, with `-rev`: it answers each line with its characters in reverse order. */
export async function startSServer(
  identity: ServerIdentity,
  args: readonly string[],
): Promise<InteropServer> {
  const folder = identityFiles(identity);
  const files = ['-cert', 'certificate.pem', '-key', 'key.pem', '-CAfile', 'authority.pem'];
  const paths = files.map((file) => (file.endsWith('.pem') ? join(folder, file) : file));
  const started = await startProcess(
    'openssl',
    ['s_server', '-accept', '127.0.0.1:0', '-rev', ...paths, ...args],
    { readyWhen: { line: /^ACCEPT 127\.0\.0\.1:(\d+)/m } },
  );
  const port = Number(/^ACCEPT 127\.0\.0\.1:(\d+)/m.exec(started.log())?.[1]);
  return asServer('127.0.0.1', port, started);
}

/** stunnel in front of a plain server: clients must show a certificate of the authority. */
export async function startStunnel(
  identity: ServerIdentity,
  plainPort: number,
  settings: readonly string[],
): Promise<InteropServer> {
  const folder = identityFiles(identity);
  const port = await freePort();
  const config = temporaryFolder({
    'stunnel.conf': [
      'foreground = yes',
      'debug = info',
      'syslog = no',
      'pid =',
      '[sccp]',
      `accept = 127.0.0.1:${port}`,
      `connect = 127.0.0.1:${plainPort}`,
      `cert = ${join(folder, 'certificate.pem')}`,
      `key = ${join(folder, 'key.pem')}`,
      `CAfile = ${join(folder, 'authority.pem')}`,
      'verifyChain = yes',
      'requireCert = yes',
      ...settings,
      '',
    ].join('\n'),
  });
  const started = await startProcess('stunnel4', [join(config, 'stunnel.conf')], {
    // Its configuration is successful before it has taken its port.
    readyWhen: { line: /Service \[sccp\] .*bound to/ },
  });
  return asServer('127.0.0.1', port, started);
}
