import { openCertificateStore } from '../pki/open-store.ts';
import { TRUST_ROLES } from '../protocols/trust/trust-record.ts';
import { hasCertificates } from '../scenario/lab-rules.ts';
import type { LabSettings } from '../scenario/lab-settings.ts';
import {
  type ClusterCertificates,
  createClusterCertificates,
  type PemCredential,
} from './cluster-certificates.ts';
import type { LabRole } from './lab-contract.ts';
import type { ServiceSecrets } from './security-services.ts';
import type { TlsPortSecrets } from './tls-port.ts';
import type { TrustedCertificates } from './trust-list-files.ts';

/** Who signs the files of the TFTP server, and what its trust lists name. */
export interface FileSecrets {
  readonly sast: PemCredential;
  readonly signer: PemCredential;
  /** Whom nobody trusts: for faults. */
  readonly stranger: PemCredential;
  readonly trusted: TrustedCertificates;
  readonly strange: TrustedCertificates;
}

/** The keys that a process of the lab needs, and no others. They pass in memory and are never written down. */
export type RoleSecrets =
  | { readonly type: 'files'; readonly files: FileSecrets }
  | { readonly type: 'services'; readonly services: ServiceSecrets }
  | { readonly type: 'tls'; readonly tls: TlsPortSecrets };

/** Null for a cluster that has none. Throws `file-unreadable` or `invalid-certificates` for those of the phones. */
export async function clusterCertificatesFor(settings: LabSettings): Promise<ClusterCertificates | null> {
  const { security } = settings;
  if (!hasCertificates(security)) return null;
  const phones =
    security.certificates === undefined ? null : await openCertificateStore(security.certificates);
  return createClusterCertificates(settings, phones);
}

export function secretsOf(
  role: LabRole,
  { security }: LabSettings,
  cluster: ClusterCertificates | null,
): RoleSecrets | null {
  if (cluster === null) return null;
  if (role.type === 'tftp') return { type: 'files', files: fileSecrets(cluster) };
  if (role.type === 'security') return { type: 'services', services: serviceSecrets(cluster) };
  if (role.type !== 'callManager' || role.node === 'srst' || security.mode !== 'mixed') return null;
  const server = cluster.callManagers[role.node - 1];
  const expired = cluster.expired[role.node - 1];
  if (server === undefined || expired === undefined) return null;
  return { type: 'tls', tls: { server, expired, foreign: cluster.foreign, trust: cluster.trust } };
}

function fileSecrets({ sast, callManagers, capf, tvs, foreign }: ClusterCertificates): FileSecrets {
  const nodes = callManagers.map(({ certificate }) => certificate);
  return {
    sast,
    signer: callManagers[0] ?? sast,
    stranger: foreign,
    trusted: { nodes, capf: capf.certificate, tvs: tvs.certificate },
    strange: {
      nodes: nodes.map(() => foreign.certificate),
      capf: foreign.certificate,
      tvs: foreign.certificate,
    },
  };
}

function serviceSecrets({ sast, callManagers, capf, tvs, trust }: ClusterCertificates): ServiceSecrets {
  const { sast: signer, callManagerAndTftp, ...roles } = TRUST_ROLES;
  const known = [
    { certificate: sast.certificate, role: signer },
    ...callManagers.map(({ certificate }) => ({ certificate, role: callManagerAndTftp })),
    { certificate: capf.certificate, role: roles.capf },
    { certificate: tvs.certificate, role: roles.tvs },
  ];
  return { capf, tvs, known, trust };
}
