/** Certificates and TLS servers for driver tests. */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TlsOptions, type TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import { type Authority, createAuthority } from '../../src/pki/authority.ts';
import { issueCertificate } from '../../src/pki/issue-certificate.ts';
import { generateKey } from '../../src/pki/key-pool.ts';
import { certificatePem } from '../../src/pki/pem.ts';
import type { Credential } from '../../src/protocols/credential.ts';
import type { TlsDemand, TlsProfile } from '../../src/protocols/tls.ts';

export interface Party extends Authority {
  readonly certificatePem: string;
  readonly keyPem: string;
}

const key = await generateKey();
export const authority = party(
  await createAuthority({ subject: { CN: 'test CA' }, days: 2, privateKey: key }),
);
const stranger = await createAuthority({ subject: { CN: 'another CA' }, days: 2 });

/** What a server shows. */
export const callManager = party({
  certificate: issueCertificate(authority, {
    profile: 'server',
    subject: { CN: 'callmanager' },
    publicKey: createPublicKey(key),
  }),
  privateKey: key,
});

export const SERVER_IDENTITY = {
  certificate: callManager.certificatePem,
  key: callManager.keyPem,
  authority: authority.certificatePem,
};

/** What a phone shows; all have one key. Another authority certifies it where servers are not to know who. */
export function credentialOf(deviceName: string, known = true): Credential {
  const issuer = known ? authority : stranger;
  const certificate = issueCertificate(issuer, {
    profile: 'lsc',
    subject: { CN: deviceName },
    publicKey: createPublicKey(key),
    deviceName,
  });
  const digest = createHash('sha256').update(certificate).digest('hex');
  return { origin: 'lsc', certificate, digest, privateKey: key };
}

function party({ certificate, privateKey }: Authority): Party {
  return { certificate, privateKey, certificatePem: certificatePem(certificate), keyPem: pemOf(privateKey) };
}

function pemOf(privateKey: KeyObject): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

export const PROFILES = {
  authenticated: profile('TLSv1', 'NULL-SHA'),
  encrypted: profile('TLSv1', 'AES128-SHA'),
  tls11: profile('TLSv1.1', 'AES128-SHA'),
  tls12: profile('TLSv1.2', 'ECDHE-RSA-AES256-GCM-SHA384', 'AES128-SHA'),
  tls13: profile('TLSv1.3', 'TLS_AES_256_GCM_SHA384', 'AES128-SHA'),
  dhe: profile('TLSv1.2', 'DHE-RSA-AES128-SHA'),
} as const;

function profile(version: TlsProfile['minVersion'], ...suites: string[]): TlsProfile {
  return { name: `${version} ${suites[0]}`, minVersion: version, maxVersion: version, suites };
}

export function demandOf(
  tlsProfile: TlsProfile,
  credential: Credential | null = null,
  resume = false,
): TlsDemand {
  return { profile: tlsProfile, credential, resume };
}

/** A server that takes every version and suite; its connections end with the test. */
export async function listenTls(
  accept: (socket: TLSSocket) => void,
  options: TlsOptions = {},
): Promise<{ server: Server; port: number }> {
  const sockets = new Set<TLSSocket>();
  const server = createServer({
    key: callManager.keyPem,
    cert: callManager.certificatePem,
    ca: authority.certificatePem,
    minVersion: 'TLSv1',
    ciphers: 'ALL:NULL-SHA:@SECLEVEL=0',
    ...options,
  });
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    accept(socket);
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { server, port: (server.address() as AddressInfo).port };
}
