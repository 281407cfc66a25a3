import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TargetGuard } from '../../src/drivers/target-guard.ts';

const guard = new TargetGuard();

describe('TargetGuard', () => {
  test.each(['127.0.0.1', '127.0.0.0', '127.255.255.255', '127.1.2.3', '::1'])('allows %s', (address) => {
    expect(guard.allows(address)).toBe(true);
  });

  test.each([
    // other addresses
    '10.0.0.1',
    '0.0.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '255.255.255.255',
    '224.0.0.1',
    '::',
    '::2',
    'fe80::1',
    'ff02::1',
    // other spellings of addresses, loopback among them
    '127.1',
    '127',
    '2130706433',
    '0x7f.0.0.1',
    '0x7f000001',
    '0177.0.0.1',
    '127.0.0.01',
    '127.0.0.1.',
    '127.0.0.256',
    ' 127.0.0.1',
    '127.0.0.1 ',
    '127.0.0.1\0',
    '127.0.0.1:80',
    '127.0.0.1/8',
    '１２７.0.0.1',
    '0:0:0:0:0:0:0:1',
    '::0001',
    '[::1]',
    '::1%lo',
    '::1%1',
    // IPv4 under an IPv6 name
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    // names
    'localhost',
    'ip6-localhost',
    'cucm.example.com',
    '127.0.0.1.example.com',
    '',
  ])('denies %j', (address) => {
    expect(guard.allows(address)).toBe(false);
    expect(guard.allows(address), 'the remembered decision').toBe(false);
  });

  test('allows what the constructor is given, to its edges', () => {
    const wider = new TargetGuard(['10.20.0.0/16', '192.0.2.7/32', 'fd00:1::/32']);
    for (const address of [
      '10.20.0.0',
      '10.20.255.255',
      '192.0.2.7',
      'fd00:1::',
      'fd00:1:ffff::9',
      '127.0.0.1',
    ]) {
      expect(wider.allows(address), address).toBe(true);
    }
    for (const address of [
      '10.19.255.255',
      '10.21.0.0',
      '192.0.2.6',
      '192.0.2.8',
      'fd00:2::1',
      '::ffff:10.20.0.1',
    ]) {
      expect(wider.allows(address), address).toBe(false);
    }
  });

  test.each([
    '10.0.0.0',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.1/16',
    'fd00::/129',
    '::ffff:10.0.0.0/104',
    'a.example/8',
    '/8',
    '',
  ])('refuses %j as a network', (network) => {
    expect(() => new TargetGuard([network])).toThrow(expect.objectContaining({ code: 'invalid-scenario' }));
  });

  test('IPv4: allowed exactly if the first octet is 127, however many were asked before', () => {
    const octet = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(fc.oneof(octet, fc.constant(127)), octet, octet, octet, (a, b, c, d) => {
        expect(guard.allows(`${a}.${b}.${c}.${d}`)).toBe(a === 127);
      }),
      { numRuns: 10_000 },
    );
  });

  test('any other text is denied', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-fx.:%]{1,20}$/)), (text) => {
        fc.pre(!/^127(\.(0|[1-9]\d{0,2})){3}$/.test(text) && text !== '::1');
        expect(guard.allows(text)).toBe(false);
      }),
    );
  });
});
