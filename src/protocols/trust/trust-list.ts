import type { KeyObject } from 'node:crypto';
import { DecodeError } from '../../wire/decode-error.ts';
import { distinguishedNameMatcher } from './distinguished-name.ts';
import { type CertificateIdentity, FILE_VERSIONS, type SignedHeader } from './header.ts';
import { buildSignedFile, parseSignedFile, type SignedFile } from './signed-file.ts';
import { encodeRecord, readRecord, TRUST_ROLES, type TrustRecord } from './trust-record.ts';

/** A CTL or ITL file. */
export interface TrustList {
  readonly file: SignedFile;
  readonly records: readonly TrustRecord[];
}

/**
 * Limits of ours: a genuine CTL has 4 to 6 KB, the ITL of one node 8 KB, and a cluster of twenty nodes some hundred
 * records.
 */
export const MAX_TRUST_LIST_BYTES = 1024 * 1024;
export const MAX_TRUST_RECORDS = 1024;

/** A trust list may name at most two signers (certutils); what a phone makes of more is not documented. */
const MAX_SAST_RECORDS = 2;

/**
 * A CTL or ITL file; null for an empty one, which says that there is none. The signature is not looked at. Raises only
 * `DecodeError`; time and memory are bounded by the limits above.
 */
export function parseTrustList(bytes: Uint8Array): TrustList | null {
  if (bytes.length === 0) return null;
  if (bytes.length > MAX_TRUST_LIST_BYTES) {
    throw new DecodeError('trust/list', 0, `${bytes.length} bytes, at most ${MAX_TRUST_LIST_BYTES}`);
  }
  const file = parseSignedFile(bytes);
  const { major, minor } = file.header.version;
  if (major !== FILE_VERSIONS.trustList.major) {
    throw new DecodeError('trust/list.version', 0, `${major}.${minor} is not that of a trust list`);
  }
  const records: TrustRecord[] = [];
  for (let at = file.headerLength; at < bytes.length; ) {
    if (records.length === MAX_TRUST_RECORDS) {
      throw new DecodeError('trust/list.records', at, `more than ${MAX_TRUST_RECORDS} records`);
    }
    const { record, end } = readRecord(bytes, at, records.length);
    records.push(record);
    at = end;
  }
  return { file, records };
}

/** What the builder of a trust list may choose. */
export type TrustListHeader = Omit<SignedHeader, 'version' | 'encryption'>;

/** A CTL or ITL file in Cisco's order. RangeError for values that the format cannot hold. */
export function buildTrustList(
  header: TrustListHeader,
  records: readonly TrustRecord[],
  privateKey: KeyObject,
): Buffer {
  const signers = records.filter(({ role }) => role === TRUST_ROLES.sast);
  if (signers.length > MAX_SAST_RECORDS) throw new RangeError(`${signers.length} SAST records`);
  if (records.length > MAX_TRUST_RECORDS) throw new RangeError(`${records.length} records`);
  const payload = Buffer.concat(records.map(encodeRecord));
  return buildSignedFile(
    { ...header, version: FILE_VERSIONS.trustList, encryption: null },
    payload,
    privateKey,
  );
}

/** The records of one certificate that have one of these roles: a certificate may stand in a list more than once. */
export function recordsOf(
  records: readonly TrustRecord[],
  { issuer, serial }: CertificateIdentity,
  roles: readonly number[],
): TrustRecord[] {
  const isIssuer = distinguishedNameMatcher(issuer);
  return records.filter(
    (record) =>
      record.serial === serial &&
      record.issuer !== null &&
      roles.includes(record.role) &&
      isIssuer(record.issuer),
  );
}
