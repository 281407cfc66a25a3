import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { ByteReader } from '../../src/wire/byte-reader.ts';
import { ByteWriter } from '../../src/wire/byte-writer.ts';
import { nulText, rest, u16be, u32be, u8, type ValueOf } from '../../src/wire/codec.ts';
import { DecodeError } from '../../src/wire/decode-error.ts';
import { describeElements, element, tagged } from '../../src/wire/tagged.ts';

const codec = tagged({
  status: element(7, u8),
  size: element(10, u16be),
  ttl: element(9, u32be),
  name: element(1, nulText),
  raw: element(2, rest),
});
type Elements = ValueOf<typeof codec>;

function encode(value: Elements): Buffer {
  const writer = new ByteWriter();
  codec('').write(writer, value);
  return writer.finish();
}

function decode(bytes: Uint8Array): Elements {
  return codec('').read(new ByteReader(bytes, 'test'));
}

test('its type follows from the table', () => {
  expectTypeOf<Elements['size']>().toEqualTypeOf<number | undefined>();
  expect(decode(new Uint8Array(0))).toEqual({});
  expectTypeOf<Elements['name']>().toEqualTypeOf<string | undefined>();
});

test('elements are written in the order of the value, big-endian, and read in any', () => {
  const bytes = [7, 0, 1, 1, 9, 0, 4, 0, 1, 0x51, 0x80, 10, 0, 2, 8, 0, 1, 0, 2, 97, 0];
  const value: Elements = { status: 1, ttl: 86_400, size: 2048, name: 'a' };
  expect([...encode(value)]).toEqual(bytes);
  expect(decode(Uint8Array.from(bytes))).toEqual(value);
});

test('unknown elements are kept, as often as they come, and written again', () => {
  const bytes = Uint8Array.of(99, 0, 2, 5, 6, 7, 0, 1, 0, 99, 0, 0);
  const value = decode(bytes);
  expect(value).toEqual({
    status: 0,
    unknown: [
      { tag: 99, value: Uint8Array.of(5, 6) },
      { tag: 99, value: new Uint8Array(0) },
    ],
  });
  expect(decode(Uint8Array.from(encode(value)))).toEqual(value);
});

describe('DecodeError', () => {
  test.each([
    ['half a head', [7, 0], 'test.status.length @1: need 2 bytes, have 1'],
    ['a length that lies', [7, 0, 9, 1], 'test.status @3: need 9 bytes, have 1'],
    ['a value that is too short', [10, 0, 1, 1], 'test.size @3: need 2 bytes, have 1'],
    ['a value that is too long', [7, 0, 2, 1, 1], 'test.status @4: 1 bytes too many'],
    ['the same twice', [7, 0, 1, 1, 7, 0, 1, 1], 'test.status @7: more than once'],
    ['an unknown one cut short', [99, 0, 1], 'test.element99 @3: need 1 bytes, have 0'],
  ])('for %s', (_, bytes, message) => {
    expect(() => decode(Uint8Array.from(bytes))).toThrow(message);
  });

  test('is all that any bytes raise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          expect(decode(encode(decode(bytes)))).toEqual(decode(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
    );
  });
});

test('what the format cannot hold is a RangeError', () => {
  expect(() => encode({ raw: new Uint8Array(0x10000) })).toThrow(RangeError);
});

test('describeElements counts bytes, quotes texts, and does not tell what is hidden', () => {
  const unknown = [{ tag: 99, value: Uint8Array.of(1) }];
  const value = { status: 1, name: 'a"b', inner: { raw: Uint8Array.of(1, 2) }, secret: 's3cret', unknown };
  expect(describeElements(value, ['secret'])).toBe(
    'status=1 name="a\\"b" inner={raw=2 bytes} secret=hidden unknown=[{tag=99 value=1 bytes}]',
  );
});
