import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../src/wire/hex.ts';

describe('hex', () => {
  test('bytes survive, also through a view', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(10), (bytes, skip) => {
        const view = bytes.subarray(Math.min(skip, bytes.length));
        expect([...fromHex(toHex(view))]).toEqual([...view]);
      }),
    );
  });

  test('blanks, line ends and upper case are taken', () => {
    expect([...fromHex(' 0A 0b\n0C\t')]).toEqual([10, 11, 12]);
  });

  test.each(['0', '0g', '0x00', '00-11'])('%j is refused', (text) => {
    expect(() => fromHex(text)).toThrow(RangeError);
  });
});
