/**
 * `<load>.loads`: which files make up a firmware load, and in which order a phone asks for them. Text lines behind a
 * signed header; real files (chan-sccp's provisioning repository) have CRLF, `#` comments, blank lines and blanks at
 * the end of lines.
 *
 * The header is a list of tag (1 byte), length (2 bytes, big-endian), value, as in all files that Cisco signs
 * (usecallmanager.nz, certutils). Tag 1 is its version, 1.1 in firmware; tag 2 its whole length, which is where the
 * text begins. The signature is not checked: Cisco's key is not public.
 */
import { ByteReader } from '../../wire/byte-reader.ts';
import { ByteWriter } from '../../wire/byte-writer.ts';
import { DecodeError } from '../../wire/decode-error.ts';

export type LoadsFile =
  | { readonly ok: true; readonly parts: readonly string[] }
  /** `detail` is for traces: what is wrong, and where. */
  | { readonly ok: false; readonly detail: string };

/** A name longer than this, or more names, is no list of firmware: genuine ones have five of some 25 characters. */
const MOST_NAME_CHARACTERS = 128;
const MOST_PARTS = 64;

const TAG = {
  version: 1,
  headerLength: 2,
  signerInfo: 3,
  signerName: 4,
  serial: 5,
  issuer: 6,
  signatureInfo: 7,
  digest: 8,
  algorithmInfo: 9,
  algorithm: 10,
  modulus: 11,
  signature: 12,
  padding: 13,
  fileName: 14,
} as const;

/** The names in a `.loads` file, in its order. Never throws, whatever the bytes. A file without a header is text. */
export function parseLoadsFile(content: Uint8Array): LoadsFile {
  try {
    return namesOf(Buffer.from(content.subarray(headerLength(content))).toString('latin1'));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { ok: false, detail: error.message };
  }
}

/** Length of the signed header, 0 where there is none. */
function headerLength(content: Uint8Array): number {
  if (content[0] !== TAG.version) return 0;
  const reader = new ByteReader(content, 'loads');
  reader.u8('versionTag');
  reader.bytes(reader.u16be('versionLength'), 'version');
  if (reader.u8('headerLengthTag') !== TAG.headerLength) reader.fail('headerLengthTag', 'not tag 2');
  if (reader.u16be('headerLengthLength') !== 2) reader.fail('headerLengthLength', 'not 2');
  const length = reader.u16be('headerLength');
  if (length < reader.offset || length > content.length) {
    reader.fail('headerLength', `${length} in a file of ${content.length} bytes`);
  }
  return length;
}

function namesOf(lines: string): LoadsFile {
  const parts = lines
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (parts.length === 0) return { ok: false, detail: 'names no file' };
  if (parts.length > MOST_PARTS) return { ok: false, detail: `names ${parts.length} files` };
  const odd = parts.find((name) => name.length > MOST_NAME_CHARACTERS || !/^[\x21-\x7e]+$/.test(name));
  return odd === undefined
    ? { ok: true, parts }
    : { ok: false, detail: `no file name: ${JSON.stringify(odd.slice(0, 40))}` };
}

/**
 * A `.loads` file of the shape and size of SCCP41.9-4-2SR3-1S.loads (652 bytes, header 412), with a signature of
 * zeros. `parseLoadsFile` reads back `parts`.
 */
export function buildLoadsFile(fileName: string, parts: readonly string[]): Buffer {
  const header = signedHeader(fileName);
  return Buffer.concat([header, Buffer.from(['#Load', ...parts, '', ''].join('\r\n'), 'latin1')]);
}

const SIGNATURE_BYTES = 256;
const SHA1 = 1;
const RSA = 0;
/** Index of a signature of 256 bytes. */
const MODULUS_2048 = 2;
const PADDING = 0x0d;

function signedHeader(fileName: string): Buffer {
  const signer = Buffer.concat([
    element(TAG.signerName, nulText('CN=bootstorm;OU=lab;O=bootstorm')),
    element(TAG.serial, Uint8Array.of(0x12, 0x34, 0x56, 0x78, 0x90, 0xab, 0xcd, 0xef)),
    element(TAG.issuer, nulText('CN=bootstorm;OU=lab;O=bootstorm')),
  ]);
  const algorithm = Buffer.concat([
    element(TAG.algorithm, Uint8Array.of(RSA)),
    element(TAG.modulus, Uint8Array.of(MODULUS_2048)),
  ]);
  const signatureInfo = Buffer.concat([
    element(TAG.digest, Uint8Array.of(SHA1)),
    element(TAG.algorithmInfo, algorithm),
  ]);
  const rest = Buffer.concat([
    element(TAG.signerInfo, signer),
    element(TAG.signatureInfo, signatureInfo),
    element(TAG.signature, new Uint8Array(SIGNATURE_BYTES)),
    element(TAG.fileName, nulText(fileName)),
  ]);
  const version = element(TAG.version, Uint8Array.of(1, 1));
  const unpadded = version.length + 5 + rest.length;
  const length = Math.ceil(unpadded / 4) * 4;
  const lengthElement = element(TAG.headerLength, Uint8Array.of(length >> 8, length & 0xff));
  return Buffer.concat([version, lengthElement, rest, Buffer.alloc(length - unpadded, PADDING)]);
}

function element(tag: number, value: Uint8Array): Buffer {
  return Buffer.concat([new ByteWriter().u8(tag).u16be(value.length).finish(), value]);
}

function nulText(value: string): Buffer {
  return Buffer.from(`${value}\0`, 'latin1');
}
