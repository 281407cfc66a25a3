import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDomainName, readName, sameName, writeName } from '../../../src/protocols/dns/domain-name.ts';
import { ByteReader } from '../../../src/wire/byte-reader.ts';
import { ByteWriter } from '../../../src/wire/byte-writer.ts';
import { DecodeError } from '../../../src/wire/decode-error.ts';

const read = (bytes: Uint8Array, at = 0) =>
  readName(new ByteReader(bytes, 'dns', at), (offset) => new ByteReader(bytes, 'dns', offset), 'name');

const label = fc.stringMatching(/^[!-\-/-~]{1,63}$/);
const name = fc
  .array(label, { minLength: 1, maxLength: 8 })
  .map((labels) => labels.join('.'))
  .filter(isDomainName);

describe('domain names', () => {
  it.each([
    ['cucm-pub.example.test', true],
    ['a', true],
    ['', false],
    ['.', false],
    ['a..b', false],
    ['a.', false],
    ['with blank', false],
    ['ümlaut', false],
    ['l'.repeat(63), true],
    ['l'.repeat(64), false],
    [`${'a.'.repeat(126)}a`, true],
    [`${'a.'.repeat(126)}aa`, false],
  ])('%j can be asked for: %s', (text, expected) => {
    expect(isDomainName(text)).toBe(expected);
  });

  it('are the same in any case', () => {
    expect(sameName('CUCM.Example.test', 'cucm.example.TEST')).toBe(true);
    expect(sameName('cucm', 'cucm2')).toBe(false);
  });

  it('come back as they were written, pointers to earlier endings included', () => {
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 6 }), fc.nat(3), (names, shared) => {
        const all = names
          .map((text, i) => (i % 2 && names[0] ? `${text}.${names[0]}` : text))
          .filter(isDomainName);
        const writer = new ByteWriter().zeros(shared);
        const written = new Map<string, number>();
        const starts = all.map((text) => {
          const at = writer.length;
          writeName(writer, text, written);
          return at;
        });
        const bytes = writer.finish();
        for (const [i, text] of all.entries()) expect(sameName(read(bytes, starts[i]), text)).toBe(true);
      }),
    );
  });

  it('are compressed as in the example of RFC 1035, section 4.1.4', () => {
    const writer = new ByteWriter().zeros(20);
    const written = new Map<string, number>();
    for (const text of ['F.ISI.ARPA', 'FOO.F.ISI.ARPA', 'ARPA', '']) writeName(writer, text, written);
    expect(writer.finish().subarray(20).toString('latin1')).toBe(
      ['\x01F\x03ISI\x04ARPA\0', '\x03FOO\xc0\x14', '\xc0\x1a', '\0'].join(''),
    );
  });

  it.each([
    ['a pointer to itself', [0xc0, 0]],
    ['a pointer forward', [0xc0, 2, 1, 97, 0]],
    ['two pointers in a circle', [1, 97, 0xc0, 4, 1, 98, 0xc0, 0]],
    ['a reserved label type', [0x40, 0]],
    ['a label that is cut off', [5, 97, 98]],
    ['no end', [1, 97]],
    ['half a pointer', [0xc0]],
    ['a dot in a label', [3, 97, 0x2e, 98, 0]],
    ['a control character', [1, 10, 0]],
    ['more than 255 octets', [...Array<number[]>(128).fill([1, 97]).flat(), 0]],
  ])('refuses %s', (_, bytes) => {
    expect(() => read(Uint8Array.from(bytes))).toThrow(DecodeError);
  });

  it('refuses a long chain of pointers, each of which leads back', () => {
    const chain = [1, 97, 0, ...Array.from({ length: 40 }, (_, i) => [0xc0, i === 0 ? 0 : 1 + 2 * i]).flat()];
    const bytes = Uint8Array.from(chain);
    expect(read(bytes, 3 + 2 * 15)).toBe('a');
    expect(() => read(bytes, 3 + 2 * 16)).toThrow(/too many compression pointers/);
  });

  it('raise nothing but DecodeError from any bytes, and what is read can be written', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.nat(299), (bytes, at) => {
        try {
          const text = read(bytes, at % bytes.length);
          writeName(new ByteWriter(), text, new Map());
        } catch (error) {
          if (!(error instanceof DecodeError)) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('are not written when they are none', () => {
    expect(() => writeName(new ByteWriter(), 'a..b', new Map())).toThrow(RangeError);
  });
});
