import { ByteReader } from '../../wire/byte-reader.ts';
import { ByteWriter } from '../../wire/byte-writer.ts';
import { readSerialNumber, type SerialNumber, serialNumberBytes } from './serial-number.ts';
import {
  readBytes,
  readText,
  readU16,
  readU8,
  tlv,
  TLV_HEAD_BYTES,
  type TlvGrammar,
  TlvRun,
  tlvText,
  tlvU16,
  tlvU8,
  type ValueReader,
} from './tlv.ts';

/** What a certificate may be used for: tag 4 of a record (certutils; `srst` from provision_sccp). */
export const TRUST_ROLES = {
  /** Signs trust lists: a security token, or the certificate that took its place. */
  sast: 0,
  callManager: 1,
  callManagerAndTftp: 2,
  tftp: 3,
  capf: 4,
  srst: 5,
  /** HTTPS services. */
  applicationServer: 7,
  tvs: 21,
} as const;

/**
 * One record of a trust list. Absent values are null; an empty certificate counts as absent. Bytes share memory with
 * the file. A node of a cluster that is not secure has only `dnsName`, `role` and `ipv4`.
 */
export interface TrustRecord {
  /** Name or address as text. */
  readonly dnsName: string | null;
  readonly subject: string | null;
  /** One of `TRUST_ROLES`, or a number that we do not know. */
  readonly role: number;
  readonly issuer: string | null;
  readonly serial: SerialNumber | null;
  /** RSA: RSAPublicKey of PKCS #1 in DER; EC: the uncompressed point, 04 X Y. */
  readonly publicKey: Uint8Array | null;
  /** The signature in the certificate. */
  readonly certificateSignature: Uint8Array | null;
  /** X.509 in DER. */
  readonly certificate: Uint8Array | null;
  readonly ipv4: string | null;
  /** In place of the certificate in the slim records of an ITL. */
  readonly certificateHash: Uint8Array | null;
  readonly hashAlgorithm: number | null;
}

/** Tags in the order in which Cisco writes them (`show ctl`, `show itl`); certutils writes 1,3,5,6,4,7,8,9. */
const TAG = {
  recordLength: 1,
  dnsName: 2,
  subject: 3,
  role: 4,
  issuer: 5,
  serial: 6,
  publicKey: 7,
  certificateSignature: 8,
  certificate: 9,
  ipv4: 10,
  certificateHash: 11,
  hashAlgorithm: 12,
} as const;

const NAMES = Object.fromEntries(Object.entries(TAG).map(([name, tag]) => [tag, name]));

/** The record that begins at `start`, and where it ends. Raises only `DecodeError`, whose path names `index`. */
export function readRecord(
  file: Uint8Array,
  start: number,
  index: number,
): { readonly record: TrustRecord; readonly end: number } {
  const grammar: TlvGrammar = {
    scope: `trust/record[${index}]`,
    names: NAMES,
    containers: NO_TAGS,
    padding: null,
  };
  const headEnd = Math.min(file.length, start + LENGTH_TLV_BYTES);
  const length = new TlvRun(file, grammar, start, headEnd).read(TAG.recordLength, readU16);
  const end = start + length;
  const head = new ByteReader(file, grammar.scope, start);
  if (length < LENGTH_TLV_BYTES || end > file.length) {
    head.fail('recordLength', `${length} bytes where ${head.remaining} are left`);
  }
  const run = new TlvRun(file, grammar, start, end);
  const certificate = run.readOptional(TAG.certificate, readBytes);
  return {
    end,
    record: {
      dnsName: run.readOptional(TAG.dnsName, readText),
      subject: run.readOptional(TAG.subject, readText),
      role: run.read(TAG.role, readU16),
      issuer: run.readOptional(TAG.issuer, readText),
      serial: run.readOptional(TAG.serial, readSerialNumber),
      publicKey: run.readOptional(TAG.publicKey, readBytes),
      certificateSignature: run.readOptional(TAG.certificateSignature, readBytes),
      certificate: certificate?.length === 0 ? null : certificate,
      ipv4: run.readOptional(TAG.ipv4, readIpv4),
      certificateHash: run.readOptional(TAG.certificateHash, readBytes),
      hashAlgorithm: run.readOptional(TAG.hashAlgorithm, readU8),
    },
  };
}

/** RangeError for values that the format cannot hold. */
export function encodeRecord(record: TrustRecord): Buffer {
  const values = Buffer.concat([
    optional(record.dnsName, (text) => tlvText(TAG.dnsName, text)),
    optional(record.subject, (text) => tlvText(TAG.subject, text)),
    tlvU16(TAG.role, record.role),
    optional(record.issuer, (text) => tlvText(TAG.issuer, text)),
    optional(record.serial, (serial) => tlv(TAG.serial, serialNumberBytes(serial))),
    optional(record.publicKey, (bytes) => tlv(TAG.publicKey, bytes)),
    optional(record.certificateSignature, (bytes) => tlv(TAG.certificateSignature, bytes)),
    optional(record.certificate, (bytes) => tlv(TAG.certificate, bytes)),
    optional(record.ipv4, (address) => tlv(TAG.ipv4, new ByteWriter(4).ipv4(address).finish())),
    optional(record.certificateHash, (bytes) => tlv(TAG.certificateHash, bytes)),
    optional(record.hashAlgorithm, (id) => tlvU8(TAG.hashAlgorithm, id)),
  ]);
  const length = LENGTH_TLV_BYTES + values.length;
  if (length > 0xffff) throw new RangeError(`a record of ${length} bytes`);
  return Buffer.concat([tlvU16(TAG.recordLength, length), values]);
}

/** The TLV that begins each record. */
const LENGTH_TLV_BYTES = TLV_HEAD_BYTES + 2;

const NO_TAGS: ReadonlySet<number> = new Set();
const NOTHING = Buffer.alloc(0);

const readIpv4: ValueReader<string> = (reader, field) => reader.ipv4(field);

function optional<T>(value: T | null, encode: (value: T) => Buffer): Buffer {
  return value === null ? NOTHING : encode(value);
}
