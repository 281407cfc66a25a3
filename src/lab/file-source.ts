import { openCertificateStore } from '../pki/open-store.ts';
import { signsFiles } from '../scenario/lab-rules.ts';
import type { LabSettings } from '../scenario/lab-settings.ts';
import { ConfigFiles, type ConfigServers, type FileSource } from './config-files.ts';
import { DeviceCertificates } from './device-security.ts';
import { FileSigner } from './file-signer.ts';
import type { PhoneDirectory } from './phone-directory.ts';
import type { FileSecrets } from './role-secrets.ts';
import { SignedFiles } from './signed-files.ts';
import { buildTrustLists, type TrustLists } from './trust-list-files.ts';

/** Everything that the file servers of the lab have, and what is known of the devices' certificates. */
export interface LabFiles {
  readonly files: FileSource;
  readonly certificates: DeviceCertificates;
}

/** Throws `file-unreadable` or `invalid-certificates` for the certificates of the phones. */
export async function openFiles(
  settings: LabSettings,
  directory: PhoneDirectory,
  servers: ConfigServers,
  secrets: FileSecrets | null,
): Promise<LabFiles> {
  const { security } = settings;
  const folder = secrets === null ? undefined : security.certificates;
  const store = folder === undefined ? null : await openCertificateStore(folder);
  const certificates = new DeviceCertificates(security, directory, store);
  const plain = new ConfigFiles(settings, directory, servers, certificates.securityOf);
  if (secrets === null || !signsFiles(security)) return { files: plain, certificates };
  const now = Math.floor(Date.now() / 1000);
  const signerOf = (credential: FileSecrets['sast']): FileSigner =>
    new FileSigner(credential, security.signatureDigest, now);
  const stranger = signerOf(secrets.stranger);
  const own = buildTrustLists(signerOf(secrets.sast), secrets.trusted, servers.callManagers);
  let strange: TrustLists | null = null;
  const files = new SignedFiles({
    plain,
    signer: signerOf(secrets.signer),
    stranger,
    trustLists: (signer) => {
      if (signer === 'own') return own;
      strange ??= buildTrustLists(stranger, secrets.strange, servers.callManagers);
      return strange;
    },
    servesCtl: security.mode === 'mixed',
    certificateOf: (deviceName) => certificates.certificateOf(deviceName),
  });
  return { files, certificates };
}
