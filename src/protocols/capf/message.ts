import { ByteReader } from '../../wire/byte-reader.ts';
import { ByteWriter } from '../../wire/byte-writer.ts';
import { type Codec, type Field, openText, rest, u16be, u8 } from '../../wire/codec.ts';
import { DecodeError } from '../../wire/decode-error.ts';
import type { FrameRule } from '../../wire/stream-framer.ts';
import { element, type ElementsOf, tagged } from '../../wire/tagged.ts';

/*
 * A message of the Certificate Authority Proxy Function (TCP 3804 in TLS; numbers big-endian). Cisco has published
 * nothing; all of this is what the daemons of usecallmanager.nz (`capfd`, `capfc`) speak with real phones.
 *
 *   0     1         2            6           8
 *   +-----+---------+------------+-----------+-----------------+
 *   | 85  | command | session id | length    | elements        |
 *   +-----+---------+------------+-----------+-----------------+
 *                   the server's  length counts the elements
 *
 * A message has to leave in one send: real phones do not take one whose header comes alone (`capfd`).
 */

const PROTOCOL_ID = 85;
const HEADER_BYTES = 8;
const LENGTH_OFFSET = 6;

/** The element `version` of both sides. */
export const CAPF_VERSION = 3;

/** Longest message that is accepted. A limit of ours: the longest holds two certificates and four signatures. */
export const MAX_CAPF_BYTES = 16 * 1024;

const MAX_LENGTH = 0xffff;

export const CAPF_COMMANDS = {
  AuthReq: 1,
  AuthRes: 2,
  KeyGenReq: 3,
  KeyGenRes: 4,
  EncryptRes: 5,
  EncryptReq: 6,
  DecryptReq: 7,
  DecryptRes: 8,
  StoreCertReq: 9,
  StoreCertRes: 10,
  FetchCertReq: 11,
  FetchCertRes: 12,
  DeleteCertReq: 13,
  DeleteCertRes: 14,
  EndSession: 15,
  RetryLater: 16,
  RequestInProgress: 17,
  StatusReq: 18,
  StatusRes: 19,
  AbortReq: 20,
  AbortRes: 21,
  SignCertReq: 22,
  SignCertRes: 23,
} as const;
export type CapfCommandName = keyof typeof CAPF_COMMANDS;

/** `updated`: done, of every operation but a fetch. What other numbers mean is not known. */
export const CAPF_REASONS = { none: 0, updated: 1, invalidElement: 7, unknownDevice: 9 } as const;
/** `none` is what `capfd` says to everybody: it judges what comes. */
export const CAPF_AUTH_TYPES = { none: 0, password: 1, nullString: 2, lsc: 3, mic: 4 } as const;
export const CAPF_CERTIFICATE_TYPES = { lsc: 1, mic: 2 } as const;
export const CAPF_KEY_TYPES = { rsa: 0, ec: 1 } as const;
/** Bits of the curves P-256, P-384 and P-521 by their number in the element `curve`. */
export const CAPF_CURVE_BITS: readonly number[] = [256, 384, 521];
export const CAPF_HASHES = { none: 0, sha1: 1, sha256: 2, sha512: 3 } as const;

/** A certificate in its element: a mark, its length with the two bytes that follow, 0, and which one it is. */
export interface CapfCertificate {
  readonly type: number;
  /** X.509. */
  readonly der: Uint8Array;
}

const CERTIFICATE_MARK = 1;
/** The zero and the type, which the inner length counts. */
const CERTIFICATE_PREFIX_BYTES = 2;

/** The mark and the zero are written as `capfd` does; what stands there is not looked at, as there. */
const certificate: Codec<CapfCertificate> = (path) => ({
  size: 5,
  read: (reader) => {
    reader.skip(1, `${path}.mark`);
    const inner = reader.part(reader.u16be(`${path}.length`), path);
    inner.skip(1, `${path}.reserved`);
    return { type: inner.u8(`${path}.type`), der: inner.rest() };
  },
  write: (writer, { type, der }) =>
    writer
      .u8(CERTIFICATE_MARK)
      .u16be(der.length + CERTIFICATE_PREFIX_BYTES)
      .u8(0)
      .u8(type)
      .bytes(der),
});

/** A value and the hash that it was signed with; 0 for one that is not signed. */
export interface CapfHashed {
  readonly hash: number;
  readonly value: Uint8Array;
}

const hashed: Codec<CapfHashed> = (path) => ({
  size: 3,
  read: (reader) => {
    const hash = reader.u8(`${path}.hash`);
    return { hash, value: reader.bytes(reader.u16be(`${path}.length`), path) };
  },
  write: (writer, { hash, value }) => writer.u8(hash).u16be(value.length).bytes(value),
});

/** The certificate that the maker burnt in, and the session id signed with its key. */
export interface CapfSudi {
  readonly certificate: Uint8Array;
  readonly sha1: Uint8Array;
  readonly sha512: Uint8Array;
}

const sudi: Codec<CapfSudi> = (path) => {
  const part = (name: keyof CapfSudi, hash: number): Field<Uint8Array> => {
    const field = hashed(`${path}.${name}`);
    return {
      size: field.size,
      read: (reader) => {
        const { hash: found, value } = field.read(reader);
        if (found !== hash) reader.fail(`${path}.${name}`, `hash ${found}, not ${hash}`);
        return value;
      },
      write: (writer, value) => field.write(writer, { hash, value }),
    };
  };
  const shownCertificate = part('certificate', CAPF_HASHES.none);
  const sha1 = part('sha1', CAPF_HASHES.sha1);
  const sha512 = part('sha512', CAPF_HASHES.sha512);
  return {
    size: shownCertificate.size + sha1.size + sha512.size,
    read: (reader) => ({
      certificate: shownCertificate.read(reader),
      sha1: sha1.read(reader),
      sha512: sha512.read(reader),
    }),
    write: (writer, value) => {
      shownCertificate.write(writer, value.certificate);
      sha1.write(writer, value.sha1);
      sha512.write(writer, value.sha512);
    },
  };
};

/** Seconds. How many bytes they take is not known: any number up to four is read, four are written. */
const delay: Codec<number> = (path) => ({
  size: 1,
  read: (reader) => {
    const bytes = reader.remaining;
    if (bytes < 1 || bytes > 4) reader.fail(path, `${bytes} bytes`);
    let value = 0;
    while (reader.remaining > 0) value = value * 256 + reader.u8(path);
    return value;
  },
  write: (writer, value) => writer.u32be(value),
});

/** Ends at a NUL, which is not asked for when it is read. */
const text = openText(0);

const ELEMENTS = {
  reason: element(1, u8),
  reasonInfo: element(2, rest),
  certificateType: element(3, u8),
  certificate: element(4, certificate),
  certificateId: element(5, rest),
  /** Over the SHA-1 of the proof. */
  signedData: element(6, rest),
  version: element(7, u8),
  authType: element(8, u8),
  /** SubjectPublicKeyInfo, DER. */
  publicKey: element(9, rest),
  /** Bits, of an RSA key. */
  keySize: element(10, u16be),
  password: element(11, text),
  retryDelaySeconds: element(12, delay),
  deviceName: element(13, text),
  sudi: element(16, sudi),
  keyType: element(17, u8),
  curve: element(18, u8),
  digestType: element(19, u8),
  /** Over the SHA-512 of the proof. */
  sha2SignedData: element(20, hashed),
} as const;

export type CapfElements = ElementsOf<typeof ELEMENTS>;

export interface CapfMessage {
  /** One of `CAPF_COMMANDS`, or a number that is not known. */
  readonly command: number;
  /** 32 bits, the server's choice; the client repeats it. */
  readonly sessionId: number;
  /** Bytes share memory with what was decoded. */
  readonly elements: CapfElements;
}

const ELEMENT_RUN = tagged(ELEMENTS)('');

/** For `StreamFramer`. Bytes that are not CAPF raise DecodeError at once: their length means nothing. */
export const CAPF_FRAME_RULE: FrameRule = {
  name: 'capf',
  headerBytes: HEADER_BYTES,
  minFrameBytes: HEADER_BYTES,
  maxFrameBytes: MAX_CAPF_BYTES,
  frameBytes: (bytes, offset) => {
    if (bytes[offset] !== PROTOCOL_ID) {
      throw new DecodeError('capf.protocol', offset, `${bytes[offset]}, not ${PROTOCOL_ID}`);
    }
    const at = offset + LENGTH_OFFSET;
    return HEADER_BYTES + (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
  },
};

/** The whole frame, in one buffer. RangeError for values that the format cannot hold. */
export function encodeCapf({ command, sessionId, elements }: CapfMessage): Buffer {
  const body = new ByteWriter(1024);
  ELEMENT_RUN.write(body, elements);
  if (body.length > MAX_LENGTH) throw new RangeError(`${body.length} bytes of elements`);
  return new ByteWriter(HEADER_BYTES + body.length)
    .u8(PROTOCOL_ID)
    .u8(command)
    .u32be(sessionId)
    .u16be(body.length)
    .bytes(body.finish())
    .finish();
}

/** Exactly one frame. Raises only DecodeError, in whose text no value of an element stands. */
export function decodeCapf(frame: Uint8Array): CapfMessage {
  const reader = new ByteReader(frame, 'capf');
  const protocol = reader.u8('protocol');
  if (protocol !== PROTOCOL_ID) throw new DecodeError('capf.protocol', 0, `${protocol}, not ${PROTOCOL_ID}`);
  const command = reader.u8('command');
  const sessionId = reader.u32be('sessionId');
  const length = reader.u16be('length');
  if (length !== reader.remaining) reader.fail('length', `says ${length}, there are ${reader.remaining}`);
  return { command, sessionId, elements: ELEMENT_RUN.read(reader) };
}

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(CAPF_COMMANDS).map(([name, command]) => [command, name]),
);

/** As in `CAPF_COMMANDS`; `command 77` for a number that is not known. */
export function capfCommandName(command: number): string {
  return NAMES.get(command) ?? `command ${command}`;
}
