import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deviceName, macBytes, parseMac } from '../../src/phone/identity.ts';

const octets = fc.uint8Array({ minLength: 6, maxLength: 6 });

function hex(bytes: Uint8Array): string[] {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));
}

const FORMS: Record<string, (octet: string[]) => string> = {
  '001122334455': (octet) => octet.join(''),
  '00:11:22:33:44:55': (octet) => octet.join(':'),
  '00-11-22-33-44-55': (octet) => octet.join('-'),
  '0011.2233.4455': (octet) => octet.join('').replace(/^(....)(....)/, '$1.$2.'),
  SEP001122334455: (octet) => `SEP${octet.join('')}`,
};

describe('parseMac', () => {
  it.each(Object.entries(FORMS))('reads the form %s, in either case and with blanks around', (_, write) => {
    fc.assert(
      fc.property(octets, (bytes) => {
        const text = write(hex(bytes));
        const mac = hex(bytes).join('').toUpperCase();
        expect(parseMac(text)).toBe(mac);
        expect(parseMac(` ${text.toUpperCase()}\t`)).toBe(mac);
        expect(parseMac(text.toLowerCase())).toBe(mac);
        expect(Uint8Array.from(macBytes(mac))).toEqual(bytes);
      }),
    );
  });

  it.each([
    '',
    'SEP',
    '00112233445',
    '0011223344556',
    '00:11:22:33:44',
    '00:11:22:33:44:5g',
    '00:11-22:33:44:55',
    '00 11 22 33 44 55',
    '0011.2233.445',
    'SEP00:11:22:33:44:55',
    'ATA001122334455',
    '001122334455.cnf',
  ])('refuses %j', (text) => {
    expect(parseMac(text)).toBeNull();
  });

  it('never takes a text that does not hold twelve digits', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const mac = parseMac(text);
        if (mac === null) return;
        expect(mac).toMatch(/^[0-9A-F]{12}$/);
        expect(text.toUpperCase().replaceAll(/[^0-9A-F]/g, '')).toContain(mac.slice(-12));
      }),
    );
  });
});

describe('deviceName', () => {
  it('is SEP and the MAC', () => {
    expect(deviceName(parseMac('00:1a:2b:3c:4d:5e') ?? '')).toBe('SEP001A2B3C4D5E');
  });
});
