import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader } from '../../src/wire/byte-reader.ts';
import { DecodeError } from '../../src/wire/decode-error.ts';

const READS = [
  ['u8', (reader: ByteReader) => reader.u8('f'), 1],
  ['u16be', (reader: ByteReader) => reader.u16be('f'), 2],
  ['u16le', (reader: ByteReader) => reader.u16le('f'), 2],
  ['u32be', (reader: ByteReader) => reader.u32be('f'), 4],
  ['u32le', (reader: ByteReader) => reader.u32le('f'), 4],
  ['ipv4', (reader: ByteReader) => reader.ipv4('f'), 4],
  ['bytes', (reader: ByteReader) => reader.bytes(7, 'f'), 7],
  ['fixedText', (reader: ByteReader) => reader.fixedText(5, 'f'), 5],
  ['skip', (reader: ByteReader) => reader.skip(3, 'f'), 3],
] as const;

describe('ByteReader', () => {
  test.each(READS)(
    '%s reads inside the window or raises DecodeError, and moves by its width',
    (_, read, width) => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 24 }), fc.nat(24), fc.nat(24), (bytes, a, b) => {
          const [start, end] = [Math.min(a, b, bytes.length), Math.min(Math.max(a, b), bytes.length)];
          const reader = new ByteReader(bytes, 'scope', start, end);
          if (end - start >= width) {
            read(reader);
            expect(reader.offset).toBe(start + width);
            expect(reader.remaining).toBe(end - start - width);
          } else {
            expect(() => read(reader)).toThrow(DecodeError);
            expect(reader.offset).toBe(start);
          }
        }),
      );
    },
  );

  test('an error names the field, the offset and what was missing', () => {
    const reader = new ByteReader(Uint8Array.of(1, 2, 3), 'sccp/RegisterAck');
    reader.u8('a');
    expect(() => reader.u32le('keepAliveInterval')).toThrow(
      'sccp/RegisterAck.keepAliveInterval @1: need 4 bytes, have 2',
    );
  });

  test('text ends at the first NUL, whatever follows', () => {
    const reader = new ByteReader(Buffer.from('ab\0garbage'), 's');
    expect(reader.fixedText(10, 'f')).toBe('ab');
    expect(reader.remaining).toBe(0);
  });

  test('nulText consumes the NUL and refuses one beyond the window', () => {
    const bytes = Buffer.from('one\0two\0');
    const reader = new ByteReader(bytes, 's');
    expect([reader.nulText('a'), reader.nulText('b')]).toEqual(['one', 'two']);
    expect(() => new ByteReader(bytes, 's', 4, 7).nulText('f')).toThrow(DecodeError);
  });

  test('a negative length is refused', () => {
    expect(() => new ByteReader(new Uint8Array(4), 's').bytes(-1, 'f')).toThrow(DecodeError);
  });

  test('slices share memory with the input, also in a view of a larger buffer', () => {
    const whole = Uint8Array.of(9, 9, 1, 2, 3, 9);
    const reader = new ByteReader(whole.subarray(2, 5), 's');
    const slice = reader.bytes(2, 'f');
    whole[2] = 7;
    expect([...slice]).toEqual([7, 2]);
    expect([...reader.rest()]).toEqual([3]);
  });
});
