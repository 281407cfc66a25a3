import { ByteReader } from '../../wire/byte-reader.ts';
import { ByteWriter } from '../../wire/byte-writer.ts';
import { type DigestId, DIGESTS, isDigestId } from './digest.ts';
import { readSerialNumber, type SerialNumber, serialNumberBytes } from './serial-number.ts';
import {
  readBytes,
  readText,
  readU16,
  readU32,
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

/**
 * The header of every signed file, in the order in which Cisco writes it. Signature info says how the signature was
 * made; the signature stands outside of it.
 *
 *    1 version            2 bytes, major and minor
 *    2 header length      2 bytes: the offset of what follows the header
 *   28 signer version     2 bytes, trust lists only, may be absent
 *    3 signer info          > 4 name, 5 serial number, 6 issuer
 *    7 signature info       > 8 digest, 9 signature algorithm info > 10 algorithm, 11 modulus
 *   12 signature          64, 128, 256 or 512 bytes
 *   14 file name
 *   15 timestamp          4 bytes, seconds since 1970, may be absent
 *   16 encryption info      > 17 IV info > 18 unknown, 19 IV, 20 padding
 *                             21 key info > 22 unknown, 23 bits, 24 algorithm, 25 wrapped key
 *                             26 digest of the plaintext, 27 its value
 *   13 padding            single bytes, to a multiple of four
 *
 * Source: certutils (`tlvfile`, `sgnfile`, `enccnf`), provision_sccp `Tags.pm`, `show ctl` listings in Cisco documents.
 */
const TAG = {
  version: 1,
  headerLength: 2,
  signerInfo: 3,
  signerName: 4,
  serialNumber: 5,
  issuerName: 6,
  signatureInfo: 7,
  digest: 8,
  signatureAlgorithmInfo: 9,
  signatureAlgorithm: 10,
  modulus: 11,
  signature: 12,
  padding: 13,
  fileName: 14,
  timestamp: 15,
  encryptionInfo: 16,
  ivInfo: 17,
  ivUnknown: 18,
  iv: 19,
  paddingBytes: 20,
  keyInfo: 21,
  keyUnknown: 22,
  wrappedKeyBits: 23,
  keyAlgorithm: 24,
  wrappedKey: 25,
  plaintextDigest: 26,
  plaintextHash: 27,
  signerVersion: 28,
} as const;

const GRAMMAR: TlvGrammar = {
  scope: 'trust/header',
  names: Object.fromEntries(Object.entries(TAG).map(([name, tag]) => [tag, name])),
  containers: new Set([
    TAG.signerInfo,
    TAG.signatureInfo,
    TAG.signatureAlgorithmInfo,
    TAG.encryptionInfo,
    TAG.ivInfo,
    TAG.keyInfo,
  ]),
  padding: TAG.padding,
};

export interface Version {
  readonly major: number;
  readonly minor: number;
}

/** What `version` says of the file. Firmware, signed the same way, has 1.1. */
export const FILE_VERSIONS = {
  trustList: { major: 1, minor: 2 },
  signedConfig: { major: 1, minor: 0 },
  encryptedConfig: { major: 2, minor: 0 },
} as const satisfies Record<string, Version>;

/** Which certificate: RFC 5280, section 4.1.2.2, issuer and serial number are unique together. */
export interface CertificateIdentity {
  readonly issuer: string;
  readonly serial: SerialNumber;
}

/** Who signed a file. `name` is the subject of the certificate. */
export interface SignerInfo extends CertificateIdentity {
  readonly name: string;
}

/** How the payload was encrypted: AES-128-CBC, its key wrapped by RSAES-PKCS1-v1_5 for the phone's certificate. */
export interface EncryptionInfo {
  /** 16 bytes. */
  readonly iv: Uint8Array;
  /** Bytes behind the plaintext that fill the last block, 0 to 16 (certutils: 1 to 16). */
  readonly paddingBytes: number;
  readonly wrappedKey: Uint8Array;
  readonly plaintextDigest: DigestId;
  /** Digest of the plaintext without its padding. */
  readonly plaintextHash: Uint8Array;
}

export interface SignedHeader {
  readonly version: Version;
  /** 1.1 turns the download of configurations by HTTPS on (certutils); null where absent. */
  readonly signerVersion: Version | null;
  readonly signer: SignerInfo;
  readonly digest: DigestId;
  /** The name under which the file was signed: CTLFile.tlv, or the requested name with `.sgn`. */
  readonly fileName: string;
  /** Seconds since 1970; null where absent. */
  readonly timestampSeconds: number | null;
  readonly encryption: EncryptionInfo | null;
}

/** A header, and where it and its signature lie in the file. */
export interface LocatedHeader {
  readonly header: SignedHeader;
  readonly headerLength: number;
  readonly signature: Uint8Array;
  /** The whole TLV of the signature: what the signature is not over. */
  readonly signatureTlv: { readonly start: number; readonly end: number };
}

/** 0 is RSASSA-PKCS1-v1_5, the only one known. */
const RSA_PKCS1 = 0;
/** 1 is AES-128-CBC with RSAES-PKCS1-v1_5, the only one known (certutils). */
const AES_KEY = 1;
export const AES_BLOCK_BYTES = 16;

/** Bytes of a signature by the value of `modulus`. */
const SIGNATURE_BYTES = [64, 128, 256, 512] as const;

/** The header of a signed file. What is read shares memory with the file. Raises only `DecodeError`. */
export function readHeader(file: Uint8Array): LocatedHeader {
  const headerLength = findHeaderLength(file);
  const run = new TlvRun(file, GRAMMAR, 0, headerLength);
  const signatureSpan = run.span(TAG.signature);
  return {
    header: {
      version: run.read(TAG.version, readVersion),
      signerVersion: run.readOptional(TAG.signerVersion, readVersion),
      signer: {
        name: run.read(TAG.signerName, readText),
        serial: run.read(TAG.serialNumber, readSerialNumber),
        issuer: run.read(TAG.issuerName, readText),
      },
      digest: run.read(TAG.digest, readDigestId),
      fileName: run.read(TAG.fileName, readText),
      timestampSeconds: run.readOptional(TAG.timestamp, readU32),
      encryption: run.readOptional(TAG.encryptionInfo, readBytes) === null ? null : readEncryption(run),
    },
    headerLength,
    signature: readSignature(run),
    signatureTlv: { start: signatureSpan.start - TLV_HEAD_BYTES, end: signatureSpan.end },
  };
}

/**
 * The header of a file that is to be signed, without the signature's TLV: it belongs between the two parts. RangeError
 * for values that the format cannot hold.
 */
export function encodeHeader(
  header: SignedHeader,
  signatureBytes: number,
): { readonly before: Buffer; readonly after: Buffer } {
  const modulus = SIGNATURE_BYTES.findIndex((bytes) => bytes === signatureBytes);
  if (modulus < 0) throw new RangeError(`a signature of ${signatureBytes} bytes`);
  const { signer, signerVersion, timestampSeconds, encryption } = header;
  const who = [
    signerVersion === null ? NOTHING : tlvVersion(TAG.signerVersion, signerVersion),
    tlv(
      TAG.signerInfo,
      tlvText(TAG.signerName, signer.name),
      tlv(TAG.serialNumber, serialNumberBytes(signer.serial)),
      tlvText(TAG.issuerName, signer.issuer),
    ),
    tlv(
      TAG.signatureInfo,
      tlvU8(TAG.digest, header.digest),
      tlv(TAG.signatureAlgorithmInfo, tlvU8(TAG.signatureAlgorithm, RSA_PKCS1), tlvU8(TAG.modulus, modulus)),
    ),
  ];
  const what = Buffer.concat([
    tlvText(TAG.fileName, header.fileName),
    timestampSeconds === null ? NOTHING : tlvU32(TAG.timestamp, timestampSeconds),
    encryption === null ? NOTHING : encodeEncryption(encryption),
  ]);
  const start = tlvVersion(TAG.version, header.version);
  const unpadded =
    Buffer.concat([start, tlvU16(TAG.headerLength, 0), ...who]).length +
    TLV_HEAD_BYTES +
    signatureBytes +
    what.length;
  const padding = -unpadded & 3;
  const headerLength = unpadded + padding;
  if (headerLength > 0xffff) throw new RangeError(`a header of ${headerLength} bytes`);
  return {
    before: Buffer.concat([start, tlvU16(TAG.headerLength, headerLength), ...who]),
    after: Buffer.concat([what, Buffer.alloc(padding, TAG.padding)]),
  };
}

export function encodeSignature(signature: Uint8Array): Buffer {
  return tlv(TAG.signature, signature);
}

const NOTHING = Buffer.alloc(0);

/** `headerLength` may stand anywhere in the header: the end is not known before it is found. */
function findHeaderLength(file: Uint8Array): number {
  const reader = new ByteReader(file, GRAMMAR.scope);
  for (;;) {
    const tag = reader.u8('headerLength');
    if (tag === TAG.padding) continue;
    const length = reader.u16be('headerLength');
    if (tag === TAG.headerLength) {
      if (length !== 2) reader.fail('headerLength', `${length} bytes, not 2`);
      const headerLength = reader.u16be('headerLength');
      if (headerLength < reader.offset || headerLength > file.length) {
        reader.fail('headerLength', `a header of ${headerLength} bytes in a file of ${file.length}`);
      }
      return headerLength;
    }
    if (!GRAMMAR.containers.has(tag)) reader.skip(length, 'headerLength');
  }
}

const readVersion: ValueReader<Version> = (reader, field) => ({
  major: reader.u8(field),
  minor: reader.u8(field),
});

const readDigestId: ValueReader<DigestId> = (reader, field) => {
  const id = reader.u8(field);
  return isDigestId(id) ? id : reader.fail(field, `unknown digest ${id}`);
};

function readSignature(run: TlvRun): Uint8Array {
  const algorithm = run.read(TAG.signatureAlgorithm, readU8);
  if (algorithm !== RSA_PKCS1) run.fail(TAG.signatureAlgorithm, `unknown algorithm ${algorithm}`);
  const signature = run.read(TAG.signature, readBytes);
  const expected = SIGNATURE_BYTES[run.read(TAG.modulus, readU8)];
  if (signature.length !== expected) {
    run.fail(TAG.signature, `${signature.length} bytes do not go with the modulus`);
  }
  return signature;
}

function readEncryption(run: TlvRun): EncryptionInfo {
  const keyAlgorithm = run.read(TAG.keyAlgorithm, readU8);
  if (keyAlgorithm !== AES_KEY) run.fail(TAG.keyAlgorithm, `unknown algorithm ${keyAlgorithm}`);
  const iv = run.read(TAG.iv, readBytes);
  if (iv.length !== AES_BLOCK_BYTES) run.fail(TAG.iv, `${iv.length} bytes`);
  const paddingBytes = run.read(TAG.paddingBytes, readU16);
  if (paddingBytes > AES_BLOCK_BYTES) run.fail(TAG.paddingBytes, `${paddingBytes} bytes of padding`);
  const wrappedKey = run.read(TAG.wrappedKey, readBytes);
  const bits = run.read(TAG.wrappedKeyBits, readU16);
  if (bits !== wrappedKey.length * 8) run.fail(TAG.wrappedKeyBits, `${bits} for ${wrappedKey.length} bytes`);
  const plaintextDigest = run.read(TAG.plaintextDigest, readDigestId);
  const plaintextHash = run.read(TAG.plaintextHash, readBytes);
  if (plaintextHash.length !== DIGESTS[plaintextDigest].bytes) {
    run.fail(TAG.plaintextHash, `${plaintextHash.length} bytes do not go with the digest`);
  }
  return { iv, paddingBytes, wrappedKey, plaintextDigest, plaintextHash };
}

/** The two unknown bytes are zero, as certutils writes them. */
function encodeEncryption(encryption: EncryptionInfo): Buffer {
  return tlv(
    TAG.encryptionInfo,
    tlv(
      TAG.ivInfo,
      tlvU8(TAG.ivUnknown, 0),
      tlv(TAG.iv, encryption.iv),
      tlvU16(TAG.paddingBytes, encryption.paddingBytes),
    ),
    tlv(
      TAG.keyInfo,
      tlvU8(TAG.keyUnknown, 0),
      tlvU16(TAG.wrappedKeyBits, encryption.wrappedKey.length * 8),
      tlvU8(TAG.keyAlgorithm, AES_KEY),
      tlv(TAG.wrappedKey, encryption.wrappedKey),
    ),
    tlvU8(TAG.plaintextDigest, encryption.plaintextDigest),
    tlv(TAG.plaintextHash, encryption.plaintextHash),
  );
}

function tlvVersion(tag: number, { major, minor }: Version): Buffer {
  return tlv(tag, Uint8Array.of(major, minor));
}

function tlvU32(tag: number, value: number): Buffer {
  return tlv(tag, new ByteWriter(4).u32be(value).finish());
}
