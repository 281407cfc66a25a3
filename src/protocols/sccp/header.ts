import { ByteReader } from '../../wire/byte-reader.ts';
import { DecodeError } from '../../wire/decode-error.ts';
import type { FrameRule } from '../../wire/stream-framer.ts';

/*
 * A Skinny frame (Wireshark packet-skinny.c; all words little-endian):
 *
 *   0        4                8            12
 *   +--------+----------------+------------+-----------------+
 *   | length | header version | message id | payload         |
 *   +--------+----------------+------------+-----------------+
 *            length counts the message id and the payload: a frame has length + 8 bytes, and length is at least 4.
 */

/** Length, header version and message id. */
export const HEADER_BYTES = 12;

/**
 * Longest frame that is accepted. No public source writes a limit down; the longest frame of a boot has 1,852
 * bytes, and servers in the field take 2,000 to 3,072. The figure is our inference.
 */
export const MAX_FRAME_BYTES = 8192;

/** The bytes that `length` does not count: itself and the header version. */
const UNCOUNTED_BYTES = 8;

export interface Frame {
  readonly id: number;
  /** 0, or the protocol version of the session. Real servers are not consistent: nothing may depend on it. */
  readonly headerVersion: number;
  /** Shares memory with the bytes that were decoded. */
  readonly payload: Uint8Array;
}

/** For `StreamFramer`. */
export const SCCP_FRAME_RULE: FrameRule = {
  name: 'sccp',
  headerBytes: UNCOUNTED_BYTES,
  minFrameBytes: HEADER_BYTES,
  maxFrameBytes: MAX_FRAME_BYTES,
  frameBytes: (bytes, offset) => u32leAt(bytes, offset) + UNCOUNTED_BYTES,
};

/** @param payload bytes after the header, already padded as the message wants it */
export function encodeFrame(id: number, headerVersion: number, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  frame.writeUInt32LE(payload.length + HEADER_BYTES - UNCOUNTED_BYTES, 0);
  frame.writeUInt32LE(headerVersion, 4);
  frame.writeUInt32LE(id, 8);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

/** Exactly one frame. Raises DecodeError when the bytes are fewer or more than its length says. */
export function decodeFrame(bytes: Uint8Array): Frame {
  const reader = new ByteReader(bytes, 'sccp');
  const length = reader.u32le('length');
  const headerVersion = reader.u32le('headerVersion');
  const id = reader.u32le('messageId');
  if (length + UNCOUNTED_BYTES !== bytes.length) {
    throw new DecodeError(
      'sccp.length',
      0,
      `says ${length + UNCOUNTED_BYTES} bytes, frame has ${bytes.length}`,
    );
  }
  return { id, headerVersion, payload: reader.rest() };
}

/** Message id of a frame that `StreamFramer` delivered, without decoding anything else. */
export function frameId(frame: Uint8Array): number {
  return u32leAt(frame, 8);
}

function u32leAt(bytes: Uint8Array, offset: number): number {
  const low = (bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8);
  const high = (bytes[offset + 2] ?? 0) | ((bytes[offset + 3] ?? 0) << 8);
  return (low | (high << 16)) >>> 0;
}
