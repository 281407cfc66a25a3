import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { ByteReader } from '../../src/wire/byte-reader.ts';
import { ByteWriter } from '../../src/wire/byte-writer.ts';
import {
  array,
  bytes,
  type Codec,
  counted,
  fixedText,
  fullText,
  ipv4,
  nulText,
  openText,
  padded,
  rest,
  struct,
  u8,
  u16le,
  u32le,
  type ValueOf,
} from '../../src/wire/codec.ts';
import { DecodeError } from '../../src/wire/decode-error.ts';

function encode<T>(codec: Codec<T>, value: T): number[] {
  const writer = new ByteWriter();
  codec('').write(writer, value);
  return [...writer.finish()];
}

function decode<T>(codec: Codec<T>, input: readonly number[]): T {
  return codec('').read(new ByteReader(Uint8Array.from(input), 'test'));
}

describe('struct', () => {
  const layout = struct(
    { id: u8, inner: struct({ port: u16le, name: nulText }) },
    { extra: u32le, last: u8 },
  );

  test('its type follows from the declaration', () => {
    const value = decode(layout, [1, 0, 0, 0]);
    expectTypeOf(value).toEqualTypeOf<ValueOf<typeof layout>>();
    expectTypeOf(value.id).toEqualTypeOf<number>();
    expectTypeOf(value.inner.name).toEqualTypeOf<string>();
    expectTypeOf(value.extra).toEqualTypeOf<number | undefined>();
    expect(Object.keys(value)).toEqual(['id', 'inner']);
  });

  test.each([
    ['without tail', { id: 1, inner: { port: 2000, name: 'a' } }, [1, 0xd0, 7, 97, 0]],
    ['with half of it', { id: 1, inner: { port: 1, name: '' }, extra: 5 }, [1, 1, 0, 0, 5, 0, 0, 0]],
    [
      'with all of it',
      { id: 1, inner: { port: 1, name: '' }, extra: 5, last: 9 },
      [1, 1, 0, 0, 5, 0, 0, 0, 9],
    ],
  ])('%s, both ways', (_, value, wire) => {
    expect(encode(layout, value)).toEqual(wire);
    expect(decode(layout, wire)).toEqual(value);
  });

  test('a tail that is cut ends before the cut', () => {
    expect(decode(layout, [1, 1, 0, 0, 5, 0, 0])).toEqual({ id: 1, inner: { port: 1, name: '' } });
  });

  test('an undefined field of the tail ends it when written', () => {
    expect(encode(layout, { id: 1, inner: { port: 1, name: '' }, last: 9 })).toEqual([1, 1, 0, 0]);
  });

  test('an error has the path of the field', () => {
    expect(() => decode(layout, [1, 7])).toThrow('test.inner.port @1: need 2 bytes, have 1');
  });
});

describe('sizes', () => {
  test.each<[string, Codec<unknown>, number]>([
    ['u8', u8, 1],
    ['u16le', u16le, 2],
    ['u32le', u32le, 4],
    ['ipv4', ipv4, 4],
    ['bytes', bytes(9), 9],
    ['rest', rest, 0],
    ['nulText', nulText, 1],
    ['padded', padded(u16le, 2), 4],
    ['array', array(3, u32le), 12],
    ['counted', counted(u32le, u8, { slots: 5, filler: 0 }), 4],
    ['struct, its head only', struct({ a: u8, b: u32le }, { c: u32le }), 5],
  ])('%s', (_, codec, size) => {
    expect(codec('').size).toBe(size);
  });
});

describe('round trips', () => {
  const text = (maxLength: number) =>
    fc.string({ unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)), maxLength });

  const layout = struct({
    ip: ipv4,
    fixed: fixedText(8),
    full: padded(fullText(6), 2),
    list: counted(u32le, struct({ a: u8, b: u16le }), { slots: 4, filler: { a: 0, b: 0 } }),
    pair: array(2, u32le),
    raw: bytes(3),
    open: openText(12),
  });

  test('any value', () => {
    const value = fc.record({
      ip: fc.ipV4(),
      fixed: text(7),
      full: text(6),
      list: fc.array(fc.record({ a: fc.nat(255), b: fc.nat(65535) }), { maxLength: 6 }),
      pair: fc.tuple(fc.nat(), fc.nat()).map((pair) => [...pair]),
      raw: fc.uint8Array({ minLength: 3, maxLength: 3 }),
      open: text(20),
    });
    fc.assert(
      fc.property(value, (it) => {
        expect(decode(layout, encode(layout, it))).toEqual(it);
      }),
    );
  });

  test('arbitrary bytes raise nothing but DecodeError', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(255), { maxLength: 80 }), (input) => {
        try {
          decode(layout, input);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
    );
  });
});

describe('counted', () => {
  const codec = counted(u32le, u8, { slots: 3, filler: 0xff });

  test('unused slots are written, and need not be there when read', () => {
    expect(encode(codec, [1])).toEqual([1, 0, 0, 0, 1, 0xff, 0xff]);
    expect(decode(codec, [1, 0, 0, 0, 1])).toEqual([1]);
  });

  test('what follows the slots is not eaten', () => {
    expect(decode(struct({ list: codec, after: u8 }), [1, 0, 0, 0, 1, 0, 0, 7]).after).toBe(7);
  });

  test('a count that lies raises before anything is read', () => {
    expect(() => decode(struct({ list: codec }), [0xff, 0xff, 0xff, 0xff, 1, 2])).toThrow(
      'test.list @4: need 4294967295 bytes, have 2',
    );
  });
});

describe('our own mistakes are RangeErrors', () => {
  test.each<[string, () => unknown]>([
    ['bytes of another length', () => encode(bytes(2), Uint8Array.of(1))],
    ['array of another length', () => encode(array(2, u8), [1])],
    ['text without room for NUL', () => encode(fixedText(2), 'ab')],
    ['text longer than the field', () => encode(fullText(2), 'abc')],
  ])('%s', (_, act) => {
    expect(act).toThrow(RangeError);
  });
});
