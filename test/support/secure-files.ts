/** The certificates of a secure cluster and of one phone, and the files that such a cluster serves. */
import type { KeyObject } from 'node:crypto';
import { signerInfoOf, trustRecordOf } from '../../src/protocols/trust/certificate.ts';
import { buildTrustList } from '../../src/protocols/trust/trust-list.ts';
import { TRUST_ROLES, type TrustRecord } from '../../src/protocols/trust/trust-record.ts';
import { type Holder, holder } from '../protocols/trust/openssl.ts';

/** Of the cluster; `other` belongs to another one. */
export const HOLDERS = {
  sast: holder('/CN=sast', '01'),
  newSast: holder('/CN=new-sast', '02'),
  callManager: holder('/CN=cucm-pub', '03'),
  otherCallManager: holder('/CN=cucm-sub', '04'),
  capf: holder('/CN=CAPF', '05'),
  tvs: holder('/CN=cucm-tvs', '06'),
  other: holder('/CN=other', '07'),
} as const;

export const NODE = { dnsName: 'cucm-pub', ipv4: '127.0.0.1' };

export const recordOf = (
  { certificate }: Holder,
  role: number,
  node: Pick<TrustRecord, 'dnsName' | 'ipv4'> = NODE,
): TrustRecord => trustRecordOf(certificate, role, node);

/** What a trust list of the cluster names, apart from its signer. */
export const SERVER_RECORDS: readonly TrustRecord[] = [
  recordOf(HOLDERS.callManager, TRUST_ROLES.callManagerAndTftp),
  recordOf(HOLDERS.capf, TRUST_ROLES.capf),
  recordOf(HOLDERS.tvs, TRUST_ROLES.tvs),
];

/** A trust list; `key`: another's signature. */
export function trustList(
  signer: Holder = HOLDERS.sast,
  records: readonly TrustRecord[] = SERVER_RECORDS,
  key: KeyObject = signer.privateKey,
): Buffer {
  const header = {
    signerVersion: null,
    signer: signerInfoOf(signer.certificate),
    digest: 1,
    fileName: 'ITLFile.tlv',
    timestampSeconds: 1,
  } as const;
  return buildTrustList(header, [recordOf(signer, TRUST_ROLES.sast), ...records], key);
}
