import { X509Certificate } from 'node:crypto';
import { trustRecordOf } from '../protocols/trust/certificate.ts';
import { buildTrustList } from '../protocols/trust/trust-list.ts';
import { TRUST_ROLES, type TrustRecord } from '../protocols/trust/trust-record.ts';
import type { FileSigner } from './file-signer.ts';
import type { NamedServer } from './lab-contract.ts';

/** Certificates that trust lists name, PEM. */
export interface TrustedCertificates {
  /** By place in the group, as `callManagers`. */
  readonly nodes: readonly string[];
  readonly capf: string;
  readonly tvs: string;
}

export interface TrustLists {
  readonly ctl: Buffer;
  readonly itl: Buffer;
}

/**
 * The cluster's two trust lists. The CTL names every CallManager; the ITL, of one TFTP server, names that server and
 * TVS, which vouches for the others (Cisco document 116232, "Security By Default"). Both name their signer and CAPF.
 */
export function buildTrustLists(
  signer: FileSigner,
  certificates: TrustedCertificates,
  callManagers: readonly NamedServer[],
): TrustLists {
  const at = (place: number): Pick<TrustRecord, 'dnsName' | 'ipv4'> => ({
    dnsName: callManagers[place]?.name ?? null,
    ipv4: callManagers[place]?.host ?? null,
  });
  const publisher = at(0);
  const record = (pem: string, role: number, node = publisher): TrustRecord =>
    trustRecordOf(new X509Certificate(pem), role, node);
  const sast = trustRecordOf(signer.certificate, TRUST_ROLES.sast, publisher);
  const capf = record(certificates.capf, TRUST_ROLES.capf);
  const tvs = record(certificates.tvs, TRUST_ROLES.tvs);
  const nodes = certificates.nodes.map((pem, place) =>
    record(pem, TRUST_ROLES.callManagerAndTftp, at(place)),
  );
  const list = (fileName: string, records: readonly TrustRecord[]): Buffer =>
    buildTrustList({ ...signer.header(fileName), signerVersion: null }, records, signer.privateKey);
  return {
    ctl: list('CTLFile.tlv', [sast, ...nodes, capf]),
    itl: list('ITLFile.tlv', [sast, ...nodes.slice(0, 1), capf, tvs]),
  };
}
