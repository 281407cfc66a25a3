/** What tests of the lab's secure side are built from: certificates, and clients on OpenSSL. */
import { createPublicKey } from 'node:crypto';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { createClusterCertificates, type ClusterCertificates } from '../../src/lab/cluster-certificates.ts';
import type { CertificateStore } from '../../src/pki/certificate-store.ts';
import type { HostPort } from '../../src/lab/lab-contract.ts';
import { type Authority, createAuthority } from '../../src/pki/authority.ts';
import { issueCertificate } from '../../src/pki/issue-certificate.ts';
import { generateKey } from '../../src/pki/key-pool.ts';
import { certificatePem } from '../../src/pki/pem.ts';
import { labSettings } from './lab-parts.ts';

const DAY_MS = 86_400_000;

/** A cluster and an authority whose phones it takes. */
export interface SecureWorld {
  readonly certificates: ClusterCertificates;
  readonly phones: Authority;
  readonly others: Authority;
  readonly key: Awaited<ReturnType<typeof generateKey>>;
}

export async function secureWorld(callManagers = 2): Promise<SecureWorld> {
  const [phones, others, key] = await Promise.all([
    createAuthority({ subject: { CN: 'phones of the test' }, days: 2 }),
    createAuthority({ subject: { CN: 'phones of somebody else' }, days: 2 }),
    generateKey(),
  ]);
  const store: Pick<CertificateStore, 'authorities'> = { authorities: [phones.certificate] };
  const certificates = await createClusterCertificates(labSettings({ callManagers }), store);
  return { certificates, phones, others, key };
}

/** What a phone shows: of the right authority and valid, unless the test says otherwise. */
export function phoneCredential(
  { phones, key }: SecureWorld,
  CN: string,
  { by = phones, notAfter }: { by?: Authority; notAfter?: Date } = {},
): { readonly cert: string; readonly key: string } {
  const validity = notAfter === undefined ? {} : { notAfter };
  const request = { profile: 'lsc' as const, subject: { CN }, publicKey: createPublicKey(key), ...validity };
  return {
    cert: certificatePem(issueCertificate(by, request)),
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

export function yesterday(): Date {
  return new Date(Date.now() - DAY_MS);
}

/** As a 79xx in encrypted mode. */
export const ENCRYPTED_79XX: ConnectionOptions = {
  minVersion: 'TLSv1',
  maxVersion: 'TLSv1',
  ciphers: 'AES128-SHA:@SECLEVEL=0',
};

export type HandshakeResult = TLSSocket | { readonly failure: string };

/** Begins a handshake; a failure is OpenSSL's or the system's code. */
export function handshake({ host, port }: HostPort, options: ConnectionOptions): Promise<HandshakeResult> {
  return new Promise((resolve) => {
    // The certificate of the server is a phone's own decision, by its trust list.
    const socket = connect({ host, port, rejectUnauthorized: false, ...ENCRYPTED_79XX, ...options });
    socket.once('secureConnect', () => resolve(socket));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve({ failure: error.code ?? error.message }));
    socket.once('close', () => resolve({ failure: 'closed' }));
  });
}
