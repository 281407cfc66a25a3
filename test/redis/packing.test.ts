import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pack, packedText, unpack, unpackedText } from '../../src/redis/packing.ts';

const numbers = fc.double().map((value) => (Object.is(value, -0) ? 0 : value));
const { value: planLike } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    numbers,
    fc.uint8Array(),
    fc.uint32Array(),
    fc.float64Array(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

describe('what a plan holds', () => {
  it('comes back as it was: typed arrays and numbers that are not finite, too', () => {
    fc.assert(
      fc.property(planLike, (value) => {
        expect(unpackedText(packedText(value))).toEqual(value);
      }),
    );
  });

  it('keeps a view into a larger buffer apart from the rest', () => {
    const all = Uint8Array.of(1, 2, 3, 4);
    expect(unpackedText(packedText(all.subarray(1, 3)))).toEqual(Uint8Array.of(2, 3));
  });

  it('refuses what it would lose', () => {
    expect(() => packedText({ big: BigInt64Array.of(1n) })).toThrow(TypeError);
  });
});

describe('a packed snapshot', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 2 }), (value) => {
        expect(unpack(pack(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('that was cut off, or changed, is noticed', () => {
    const packed = pack({ counters: Array.from({ length: 100 }, (_, i) => i * i) });
    expect(() => unpack(packed.subarray(0, -3))).toThrow(/unexpected end/);
    const changed = Buffer.from(packed);
    changed[packed.length - 1] = (changed[packed.length - 1] ?? 0) ^ 1;
    expect(() => unpack(changed)).toThrow(/incorrect data check/);
  });
});
