import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader } from '../../src/wire/byte-reader.ts';
import { ByteWriter } from '../../src/wire/byte-writer.ts';

/** One write, and the same value read back. */
type Step = { write: (writer: ByteWriter) => void; read: (reader: ByteReader) => unknown; value: unknown };

const latin1 = fc.string({
  unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 40,
});

const step: fc.Arbitrary<Step> = fc.oneof(
  fc
    .nat(0xff)
    .map((value) => ({ value, write: (w: ByteWriter) => w.u8(value), read: (r: ByteReader) => r.u8('f') })),
  fc.nat(0xffff).map((value) => ({
    value,
    write: (w: ByteWriter) => w.u16be(value),
    read: (r: ByteReader) => r.u16be('f'),
  })),
  fc.nat(0xffff).map((value) => ({
    value,
    write: (w: ByteWriter) => w.u16le(value),
    read: (r: ByteReader) => r.u16le('f'),
  })),
  fc.nat(0xffff_ffff).map((value) => ({
    value,
    write: (w: ByteWriter) => w.u32be(value),
    read: (r: ByteReader) => r.u32be('f'),
  })),
  fc.nat(0xffff_ffff).map((value) => ({
    value,
    write: (w: ByteWriter) => w.u32le(value),
    read: (r: ByteReader) => r.u32le('f'),
  })),
  fc.ipV4().map((value) => ({
    value,
    write: (w: ByteWriter) => w.ipv4(value),
    read: (r: ByteReader) => r.ipv4('f'),
  })),
  latin1.map((value) => ({
    value,
    write: (w: ByteWriter) => w.fixedText(value, 41),
    read: (r: ByteReader) => r.fixedText(41, 'f'),
  })),
  latin1.map((value) => ({
    value,
    write: (w: ByteWriter) => w.nulText(value),
    read: (r: ByteReader) => r.nulText('f'),
  })),
  fc.uint8Array({ maxLength: 200 }).map((value) => ({
    value: [...value],
    write: (w: ByteWriter) => w.bytes(value),
    read: (r: ByteReader) => [...r.bytes(value.length, 'f')],
  })),
);

describe('ByteWriter', () => {
  test('what is written is read back, from any initial capacity', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.nat(70), (steps, capacity) => {
        const writer = new ByteWriter(capacity);
        for (const { write } of steps) write(writer);
        const bytes = writer.finish();
        expect(bytes.length).toBe(writer.length);
        const reader = new ByteReader(bytes, 's');
        expect(steps.map(({ read }) => read(reader))).toEqual(steps.map(({ value }) => value));
        expect(reader.remaining).toBe(0);
      }),
    );
  });

  test('a single byte that makes the buffer grow is not lost', () => {
    const writer = new ByteWriter(1);
    for (let i = 1; i <= 9; i++) writer.u8(i);
    expect([...writer.finish()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('zeros are zeros', () => {
    expect([...new ByteWriter(2).u8(7).zeros(5).u8(8).finish()]).toEqual([7, 0, 0, 0, 0, 0, 8]);
  });

  test('finished bytes are not touched by later writes', () => {
    const writer = new ByteWriter(8).u8(1);
    const first = writer.finish();
    writer.u8(2);
    expect([...first]).toEqual([1]);
  });

  test('text that leaves no room for its NUL, and what is no address, are refused', () => {
    expect(() => new ByteWriter().fixedText('1234', 4)).toThrow(RangeError);
    expect(() => new ByteWriter().ipv4('10.0.0')).toThrow(RangeError);
  });
});
