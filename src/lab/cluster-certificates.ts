/**
 * The certificates of the lab's cluster, made when it starts and gone when it ends. As in a cluster whose certificates
 * an authority has signed, with the roles that trust lists name:
 *
 *   ITLRECOVERY     SAST: signs CTL and ITL, as it does since CUCM 12.0 (General knowledge, no source)
 *   CallManager     CCM+TFTP: one for each node; that of the first signs the files of the TFTP server
 *   CAPF            an authority of its own, which issues LSCs
 *   TVS             trust verification
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { type Authority, createAuthority } from '../pki/authority.ts';
import { issueCertificate } from '../pki/issue-certificate.ts';
import { generateKey } from '../pki/key-pool.ts';
import { certificatePem } from '../pki/pem.ts';
import type { CertificateStore } from '../pki/certificate-store.ts';
import type { LabSettings } from '../scenario/lab-settings.ts';

/** A certificate and its key as PEM: the form in which they pass to the lab's processes, and no other. */
export interface PemCredential {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface ClusterCertificates {
  readonly sast: PemCredential;
  /** By place in the group. */
  readonly callManagers: readonly PemCredential[];
  /** The same keys, no longer valid. */
  readonly expired: readonly PemCredential[];
  readonly capf: PemCredential;
  readonly tvs: PemCredential;
  /** Of an authority that nobody trusts: what a stranger signs and shows. */
  readonly foreign: PemCredential;
  /** CallManager-trust: authorities whose phones CallManagers take, base64 of DER: CAPF and those of the phones. */
  readonly trust: readonly string[];
}

const ORGANISATION = 'bootstorm lab';
/** Longer than any run; a lab that runs for longer is started again. */
const DAYS = 30;
const DAY_MS = 86_400_000;

/** Makes all keys at once, each on a thread of the runtime's pool. */
export async function createClusterCertificates(
  { callManagers, address }: LabSettings,
  phones: Pick<CertificateStore, 'authorities'> | null,
): Promise<ClusterCertificates> {
  const [authority, capf, stranger, sastKey, tvsKey, foreignKey, ...nodeKeys] = await Promise.all([
    authorityOf('cluster CA'),
    authorityOf('CAPF'),
    authorityOf('cluster CA'),
    generateKey(),
    generateKey(),
    generateKey(),
    ...Array.from({ length: callManagers }, () => generateKey()),
  ]);
  const server = (CN: string, key: KeyObject, by = authority, notAfter?: Date): PemCredential => {
    const request = { subject: { O: ORGANISATION, CN }, publicKey: createPublicKey(key), hosts: [address] };
    const validity = notAfter === undefined ? {} : { notAfter };
    return pemOf(issueCertificate(by, { profile: 'server', ...request, ...validity }), key);
  };
  const name = (place: number): string => `cucm${place + 1}.lab`;
  const yesterday = new Date(Date.now() - DAY_MS);
  const sastSubject = { O: ORGANISATION, CN: `ITLRECOVERY_${name(0)}` };
  return {
    sast: pemOf(
      issueCertificate(authority, {
        profile: 'sast',
        subject: sastSubject,
        publicKey: createPublicKey(sastKey),
      }),
      sastKey,
    ),
    callManagers: nodeKeys.map((key, place) => server(name(place), key)),
    expired: nodeKeys.map((key, place) => server(name(place), key, authority, yesterday)),
    capf: pemOf(capf.certificate, capf.privateKey),
    tvs: server(`TVS ${name(0)}`, tvsKey),
    foreign: server(name(0), foreignKey, stranger),
    trust: [capf.certificate, ...(phones?.authorities ?? [])].map((der) =>
      Buffer.from(der).toString('base64'),
    ),
  };
}

function authorityOf(CN: string): Promise<Authority> {
  return createAuthority({ subject: { O: ORGANISATION, CN }, days: DAYS });
}

function pemOf(certificate: Uint8Array, privateKey: KeyObject): PemCredential {
  return {
    certificate: certificatePem(certificate),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
