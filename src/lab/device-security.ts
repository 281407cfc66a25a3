import { X509Certificate } from 'node:crypto';
import type { CertificateStore } from '../pki/certificate-store.ts';
import { certificateHash } from '../protocols/trust/short-config.ts';
import { signsFiles } from '../scenario/lab-rules.ts';
import type { LabSecurity } from '../scenario/lab-security.ts';
import type { DeviceSecurity } from './config-files.ts';
import type { CertificateChange } from './lab-contract.ts';
import type { PhoneDirectory } from './phone-directory.ts';
import type { StationConnection } from './station.ts';

export type SecurityMode = LabSecurity['deviceSecurityMode'];

/** `capfAuthMode` of configuration files. */
const CAPF_AUTH_MODES = {
  password: 1,
  'null-string': 2,
  'existing-certificate': 3,
  mic: 4,
} as const satisfies Record<LabSecurity['capf']['authMode'], number>;

const MODE_NUMBERS = { none: 1, authenticated: 2, encrypted: 3 } as const satisfies Record<
  SecurityMode,
  1 | 2 | 3
>;

/** How a device has to register: without mixed mode CUCM takes no notice of what its profile says. */
export function securityModeOf(
  security: LabSecurity,
  directory: PhoneDirectory,
  deviceName: string,
): SecurityMode {
  if (security.mode !== 'mixed' || !directory.holds(deviceName)) return 'none';
  return directory.securityOf(deviceName) ?? security.deviceSecurityMode;
}

/**
 * Why a device may not register on a connection, or null. CUCM holds the security mode of the device's profile against
 * that of the connection, and the device name against the certificate (Security Guide, "Phone security"). That NULL-SHA
 * will not do for an encrypted device, and that encryption will do for an authenticated one, is inference; so are the
 * texts.
 */
export function objectionToSecurity(
  security: LabSecurity,
  directory: PhoneDirectory,
  deviceName: string,
  connection: Pick<StationConnection, 'security' | 'certifiedDevice'>,
): string | null {
  const wanted = securityModeOf(security, directory, deviceName);
  if (connection.security !== 'none' && connection.certifiedDevice !== deviceName) return 'Security Error';
  if ((wanted === 'none') !== (connection.security === 'none')) return 'Security Mismatch';
  return wanted === 'encrypted' && connection.security !== 'encrypted' ? 'Security Mismatch' : null;
}

/** What the cluster's database knows of the certificates of its devices. */
export class DeviceCertificates {
  readonly #security: LabSecurity;
  readonly #directory: PhoneDirectory;
  readonly #store: CertificateStore | null;
  /** By device name; null: it has none. */
  readonly #known = new Map<string, X509Certificate | null>();
  /** Devices with which CAPF has done what it was to do. */
  readonly #enrolled = new Set<string>();

  constructor(security: LabSecurity, directory: PhoneDirectory, store: CertificateStore | null) {
    this.#security = security;
    this.#directory = directory;
    this.#store = store;
  }

  /** For which a device's configuration is encrypted; null: for none. */
  certificateOf(deviceName: string): X509Certificate | null {
    let certificate = this.#known.get(deviceName);
    if (certificate === undefined) {
      const credential = this.#store?.credentialOf(deviceName) ?? null;
      certificate = credential === null ? null : new X509Certificate(credential.certificate);
      this.#known.set(deviceName, certificate);
    }
    return certificate;
  }

  /** CAPF has installed a certificate, or deleted it. */
  enrol({ deviceName, certificate }: CertificateChange): void {
    const known = certificate === null ? null : new X509Certificate(Buffer.from(certificate, 'base64'));
    this.#known.set(deviceName, known);
    this.#enrolled.add(deviceName);
  }

  readonly securityOf = (deviceName: string): DeviceSecurity => {
    const { capf, encryptedConfig } = this.#security;
    const isPending = capf.operation !== 'none' && !this.#enrolled.has(deviceName);
    const encrypted = encryptedConfig && signsFiles(this.#security);
    const certificate = encrypted || isPending ? this.certificateOf(deviceName) : null;
    return {
      deviceSecurityMode: MODE_NUMBERS[securityModeOf(this.#security, this.#directory, deviceName)],
      capfAuthMode: isPending ? CAPF_AUTH_MODES[capf.authMode] : 0,
      certHash: certificate === null ? '' : certificateHash(certificate.raw),
      encrypted,
    };
  };
}
