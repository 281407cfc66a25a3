import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeFrame,
  encodeFrame,
  frameId,
  HEADER_BYTES,
  MAX_FRAME_BYTES,
  SCCP_FRAME_RULE,
} from '../../../src/protocols/sccp/header.ts';
import { DecodeError } from '../../../src/wire/decode-error.ts';
import { fromHex } from '../../../src/wire/hex.ts';
import { StreamFramer } from '../../../src/wire/stream-framer.ts';

describe('header', () => {
  test('any frame, both ways', () => {
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), fc.nat(0xffff_ffff), fc.uint8Array(), (id, headerVersion, payload) => {
        const bytes = encodeFrame(id, headerVersion, payload);
        expect(bytes.length).toBe(HEADER_BYTES + payload.length);
        expect(frameId(bytes)).toBe(id);
        const frame = decodeFrame(bytes);
        expect({ ...frame, payload: [...frame.payload] }).toEqual({
          id,
          headerVersion,
          payload: [...payload],
        });
      }),
    );
  });

  test('length counts the message id, not itself and not the version', () => {
    expect(encodeFrame(0, 0, new Uint8Array(0))).toEqual(fromHex('04000000 00000000 00000000'));
  });

  test.each([
    ['nothing', ''],
    ['half a header', '04000000 0000'],
    ['a length of 0', '00000000 00000000 00000000'],
    ['a length of 3', '03000000 00000000 00000000'],
    ['fewer bytes than the length says', '08000000 00000000 00000000'],
    ['more bytes than the length says', '04000000 00000000 00000000 01'],
    ['the largest length', 'ffffffff 00000000 00000000'],
  ])('%s is no frame', (_, hex) => {
    expect(() => decodeFrame(fromHex(hex))).toThrow(DecodeError);
  });

  test.each([
    ['0', '00000000'],
    ['3', '03000000'],
    ['one more than the cap', 'f91f0000'],
    ['0x7fffffff', 'ffffff7f'],
    ['0xffffffff', 'ffffffff'],
  ])('a stream with a length of %s is refused as soon as its first eight bytes are there', (_, length) => {
    const framer = new StreamFramer(SCCP_FRAME_RULE);
    framer.push(fromHex(`${length}00000000`));
    expect(() => framer.next()).toThrow(DecodeError);
  });

  test('a frame of exactly the cap is taken', () => {
    const framer = new StreamFramer(SCCP_FRAME_RULE);
    framer.push(encodeFrame(1, 0, new Uint8Array(MAX_FRAME_BYTES - HEADER_BYTES)));
    expect(framer.next()?.length).toBe(MAX_FRAME_BYTES);
  });
});
