import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  distinguishedNameMatcher,
  distinguishedNameParts,
} from '../../../src/protocols/trust/distinguished-name.ts';

const same = (a: string, b: string) => distinguishedNameMatcher(a)(b);

describe('distinguished names', () => {
  it.each([
    ['the same text', 'CN=a;O=b', 'CN=a;O=b', true],
    ['another separator', 'CN=a;O=b', 'CN=a,O=b', true],
    ['blanks after the separator', 'CN=a, O=b', 'CN=a;O=b', true],
    ['reversed', 'CN=a;OU=x;O=b', 'O=b,OU=x,CN=a', true],
    ['in neither order', 'CN=a;OU=x;O=b', 'OU=x;CN=a;O=b', false],
    ['types in any case', 'cn=a;o=b', 'CN=a;O=b', true],
    ['values in any case', 'CN=CUCM-Pub', 'CN=cucm-pub', true],
    ['runs of blanks', 'CN=a  b ;O=c', 'CN=a b;O=c', true],
    [
      'a comma in a value, between semicolons',
      'CN=a;O=Cisco Systems, Inc.',
      'CN=a;O=Cisco Systems\\, Inc.',
      true,
    ],
    [
      'a comma in a value, between commas',
      'CN=a,O=Cisco Systems, Inc.,C=US',
      'CN=a;O=Cisco Systems, Inc.;C=US',
      true,
    ],
    ['a quoted comma', 'CN=a,O="Cisco Systems, Inc."', 'CN=a;O=Cisco Systems, Inc.', true],
    ['a quoted separator that looks like a part', 'CN="a;O=b"', 'CN=a;O=b', false],
    ['an escaped semicolon', 'CN=a\\;b,O=c', 'CN="a;b";O=c', true],
    ['a hex escape', 'CN=a\\2Cb', 'CN=a\\,b', true],
    ['a quote that never ends', 'cn="SAST  ";o="Cisco Systems', 'cn="SAST  ";o="Cisco Systems', true],
    ['another value', 'CN=a;O=b', 'CN=a;O=c', false],
    ['one part fewer', 'CN=a;O=b', 'CN=a', false],
    ["values under each other's types", 'CN=a;O=b', 'CN=b;O=a', false],
    ['nothing and something', '', 'CN=a', false],
    ['letters that are not ASCII', 'CN=\u00c4', 'CN=\u00e4', false],
  ])('%s: %j and %j: %s', (_, a, b, expected) => {
    expect(same(a, b)).toBe(expected);
    expect(same(b, a)).toBe(expected);
  });

  const value = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 ,;"\\=+.-]{0,14}[A-Za-z0-9]$/);
  const name = fc.array(fc.tuple(fc.constantFrom('CN', 'OU', 'O', 'L', 'C', '2.5.4.5'), value), {
    minLength: 1,
    maxLength: 6,
  });
  const escaped = (text: string) => text.replace(/[\\",;]/g, (special) => `\\${special}`);
  const write = (parts: readonly (readonly [string, string])[], separator: string) =>
    parts.map(([type, text]) => `${type}=${escaped(text)}`).join(separator);

  it('written with either separator, either way round, are the same', () => {
    fc.assert(
      fc.property(name, (parts) => {
        const texts = [';', ',', ', '].flatMap((separator) => [
          write(parts, separator),
          write(parts.toReversed(), separator),
        ]);
        for (const text of texts) expect(same(write(parts, ';'), text)).toBe(true);
        expect(distinguishedNameParts(write(parts, ';'))).toHaveLength(parts.length);
      }),
    );
  });

  it('of any text are compared without an exception, and equal themselves', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.string({ maxLength: 200 }), (a, b) => {
        expect(same(a, a)).toBe(true);
        expect(same(a, b)).toBe(same(b, a));
      }),
    );
  });
});
