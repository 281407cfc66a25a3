import { ByteReader } from '../../wire/byte-reader.ts';
import { ByteWriter } from '../../wire/byte-writer.ts';
import { type Codec, rest, u32be, u8 } from '../../wire/codec.ts';
import { DecodeError } from '../../wire/decode-error.ts';
import type { FrameRule } from '../../wire/stream-framer.ts';
import { describeElements, element, type ElementsOf, tagged } from '../../wire/tagged.ts';

/*
 * A message of the Trust Verification Service (TCP 2445 in TLS; numbers big-endian). Cisco has published nothing; all
 * of this is what the daemons of usecallmanager.nz (`tvsd`, `tvsc`) speak with real phones.
 *
 *   0     1         2         3     4            8           10
 *   +-----+---------+---------+-----+------------+-----------+-----------------+
 *   | 87  | version | command |  0  | session id | length    | elements        |
 *   +-----+---------+---------+-----+------------+-----------+-----------------+
 *                                      the client's  length counts the elements
 */

const PROTOCOL_ID = 87;
const PROTOCOL_VERSION = 1;
const HEADER_BYTES = 10;
const LENGTH_OFFSET = 8;

/** Longest message that is accepted. A limit of ours: a certificate has 1 to 3 KB, and there is one in a request. */
export const MAX_TVS_BYTES = 16 * 1024;

/** Longest certificate that can be asked about; leaves room for the name. */
export const MAX_TVS_CERTIFICATE_BYTES = MAX_TVS_BYTES - 1024;

export const TVS_COMMANDS = { None: 0, VerifyReq: 1, VerifyRes: 2, QueryReq: 3, QueryRes: 4 } as const;

/** The status of VerifyRes. */
export const TVS_STATUS = { valid: 0, invalid: 1 } as const;

/** What stands before the name in its element; no other value is known. */
const NAME_MARK = 1;

const markedText: Codec<string> = (path) => ({
  size: 1,
  read: (reader) => {
    const mark = reader.u8(path);
    if (mark !== NAME_MARK) reader.fail(path, `begins with ${mark}, not ${NAME_MARK}`);
    return reader.fixedText(reader.remaining, path);
  },
  write: (writer, value) => writer.u8(NAME_MARK).text(value),
});

/** The elements of both verify messages; what a query holds is not known. */
const ELEMENTS = {
  /** CP-<four digits of the model>-SEP<MAC>. */
  deviceName: element(1, markedText),
  /** X.509, DER. */
  certificate: element(2, rest),
  status: element(7, u8),
  /** One byte each: the roles of a trust list's records. */
  roles: element(8, rest),
  /** How long the answer may be remembered. */
  ttlSeconds: element(9, u32be),
} as const;

export type TvsElements = ElementsOf<typeof ELEMENTS>;

export interface TvsMessage {
  readonly command: number;
  /** 32 bits, chosen by the client; the answer has the same. */
  readonly sessionId: number;
  /** Bytes share memory with what was decoded. */
  readonly elements: TvsElements;
}

const ELEMENT_RUN = tagged(ELEMENTS)('');

/** For `StreamFramer`. Bytes that are not TVS raise DecodeError at once: their length means nothing. */
export const TVS_FRAME_RULE: FrameRule = {
  name: 'tvs',
  headerBytes: HEADER_BYTES,
  minFrameBytes: HEADER_BYTES,
  maxFrameBytes: MAX_TVS_BYTES,
  frameBytes: (bytes, offset) => {
    if (bytes[offset] !== PROTOCOL_ID) {
      throw new DecodeError('tvs.protocol', offset, `${bytes[offset]}, not ${PROTOCOL_ID}`);
    }
    const at = offset + LENGTH_OFFSET;
    return HEADER_BYTES + (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
  },
};

/** The whole frame. RangeError for values that the format cannot hold. */
export function encodeTvs({ command, sessionId, elements }: TvsMessage): Buffer {
  const body = new ByteWriter(2048);
  ELEMENT_RUN.write(body, elements);
  if (HEADER_BYTES + body.length > MAX_TVS_BYTES) throw new RangeError(`${body.length} bytes of elements`);
  return new ByteWriter(HEADER_BYTES + body.length)
    .u8(PROTOCOL_ID)
    .u8(PROTOCOL_VERSION)
    .u8(command)
    .u8(0)
    .u32be(sessionId)
    .u16be(body.length)
    .bytes(body.finish())
    .finish();
}

/** Exactly one frame. Raises only DecodeError. */
export function decodeTvs(frame: Uint8Array): TvsMessage {
  const reader = new ByteReader(frame, 'tvs');
  const protocol = reader.u8('protocol');
  if (protocol !== PROTOCOL_ID) throw new DecodeError('tvs.protocol', 0, `${protocol}, not ${PROTOCOL_ID}`);
  const version = reader.u8('version');
  if (version !== PROTOCOL_VERSION) reader.fail('version', `${version}, not ${PROTOCOL_VERSION}`);
  const command = reader.u8('command');
  reader.skip(1, 'reserved');
  const sessionId = reader.u32be('sessionId');
  const length = reader.u16be('length');
  if (length !== reader.remaining) reader.fail('length', `says ${length}, there are ${reader.remaining}`);
  return { command, sessionId, elements: ELEMENT_RUN.read(reader) };
}

/** One line for traces. */
export function describeTvs({ command, sessionId, elements }: TvsMessage): string {
  const name = Object.entries(TVS_COMMANDS).find(([, number]) => number === command)?.[0];
  return `${name ?? `command ${command}`} session=${sessionId} ${describeElements(elements)}`.trimEnd();
}
