/** The services of the publisher that deal in certificates: CAPF issues those of phones, TVS vouches for those of servers. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { BootstormError } from '../errors.ts';
import type { Authority } from '../pki/authority.ts';
import { issueCertificate } from '../pki/issue-certificate.ts';
import type { CapfOrder } from '../protocols/capf/server-session.ts';
import type { LabSecurity } from '../scenario/lab-security.ts';
import type { LabSettings } from '../scenario/lab-settings.ts';
import { CapfServer } from './capf-server.ts';
import { ClientTrust, certifiedDevice } from './client-certificates.ts';
import type { PemCredential } from './cluster-certificates.ts';
import { FaultTable } from './fault-table.ts';
import type { LabClock } from './lab-clock.ts';
import type { CertificateChange } from './lab-contract.ts';
import type { PhoneDirectory } from './phone-directory.ts';
import { TvsServer, type TvsServerOptions } from './tvs-server.ts';

export interface ServiceSecrets {
  readonly capf: PemCredential;
  readonly tvs: PemCredential;
  /** What TVS vouches for: certificates as PEM, and their role. */
  readonly known: readonly { readonly certificate: string; readonly role: number }[];
  /** Authorities whose phones may prove themselves with a certificate, base64 of DER. */
  readonly trust: readonly string[];
}

/** How long an answer of TVS holds. Inference. */
const TVS_TTL_SECONDS = 86_400;
/** What CUCM offers for LSCs by default (General knowledge, no source). */
const LSC_KEY = { kind: 'rsa', bits: 2048 } as const;

export interface SecurityServices {
  readonly capf: CapfServer;
  readonly tvs: TvsServer;
}

/** Throws `file-unreadable` for the authentication string. */
export function createSecurityServices(
  settings: LabSettings,
  directory: PhoneDirectory,
  clock: LabClock,
  secrets: ServiceSecrets,
  onCertificate: (change: CertificateChange) => void,
): SecurityServices {
  const { security, faults } = settings;
  const authority = authorityOf(secrets.capf);
  const order = orderOf(security);
  const trust = new ClientTrust(secrets.trust.map((base64) => Buffer.from(base64, 'base64')));
  const capf = new CapfServer(
    settings,
    {
      identity: secrets.capf,
      order: (deviceName) => (directory.holds(deviceName) ? order : null),
      trusts: (certificate, deviceName) =>
        certifiedDevice(certificate) === deviceName && trust.alertFor(certificate.raw, new Date()) === null,
      issue: (deviceName, publicKey) =>
        issueCertificate(authority, {
          profile: 'lsc',
          subject: { CN: deviceName },
          publicKey,
          deviceName,
        }),
      onCertificate: (deviceName, certificate) =>
        onCertificate({
          deviceName,
          certificate: certificate === null ? null : Buffer.from(certificate).toString('base64'),
        }),
      sessionLimit: null,
      overload: 'close',
    },
    new FaultTable('capf', faults, clock),
  );
  const tvs = new TvsServer(
    settings,
    { identity: secrets.tvs, lookup: lookupIn(secrets.known) },
    new FaultTable('tvs', faults, clock),
  );
  return { capf, tvs };
}

function authorityOf({ certificate, privateKey }: PemCredential): Authority {
  return { certificate: new X509Certificate(certificate).raw, privateKey: createPrivateKey(privateKey) };
}

function orderOf({ capf }: LabSecurity): CapfOrder {
  return { operation: capf.operation, authentication: authenticationOf(capf), key: LSC_KEY };
}

function authenticationOf(capf: LabSecurity['capf']): CapfOrder['authentication'] {
  switch (capf.authMode) {
    case 'password':
      return { type: 'password', password: capf.operation === 'none' ? '' : readPassword(capf.passwordFile) };
    case 'null-string':
      return { type: 'null-string' };
    case 'existing-certificate':
    case 'mic':
      return { type: 'certificate' };
    default:
      return capf.authMode satisfies never;
  }
}

/** The string stands on the file's first line. */
function readPassword(file: string | undefined): string {
  try {
    return readFileSync(file ?? '', 'utf8').split(/\r?\n/, 1)[0] ?? '';
  } catch (error) {
    throw new BootstormError('file-unreadable', `cannot read ${file}`, {
      cause: error,
      hint: 'the authentication string of CAPF stands in a file of its own: lab.security.capf.passwordFile',
    });
  }
}

function lookupIn(known: ServiceSecrets['known']): TvsServerOptions['lookup'] {
  const roles = new Map<string, number[]>();
  for (const { certificate, role } of known) {
    const key = new X509Certificate(certificate).fingerprint256;
    roles.set(key, [...(roles.get(key) ?? []), role]);
  }
  return (der) => {
    const found = roles.get(fingerprintOf(der) ?? '');
    return found === undefined ? null : { roles: found, ttlSeconds: TVS_TTL_SECONDS };
  };
}

function fingerprintOf(der: Uint8Array): string | null {
  try {
    return new X509Certificate(der).fingerprint256;
  } catch {
    return null;
  }
}
