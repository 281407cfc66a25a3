import { describe, expect, it } from 'vitest';
import { afterShortConfig, certificateHash } from '../../../src/protocols/trust/short-config.ts';
import { holder, opensslOutput } from './openssl.ts';

const OWN = '0123456789abcdef0123456789abcdef';
const OTHER = 'f'.repeat(32);

describe('short configurations', () => {
  it.each([
    [true, false, null, OWN, 'complete'],
    [true, true, OWN, OWN, 'complete'],
    [true, true, OTHER, OWN, 'complete'],
    [false, false, OWN, OWN, 'complete'],
    [false, true, OWN, OWN, 'fetch-encrypted'],
    [false, true, OWN.toUpperCase(), OWN, 'fetch-encrypted'],
    [false, true, OTHER, OWN, 'enrol'],
    [false, true, null, OWN, 'enrol'],
    [false, true, OWN, null, 'enrol'],
    [false, true, null, null, 'enrol'],
  ] as const)(
    'fullConfig %s, encrConfig %s, certHash %s, own %s: %s',
    (fullConfig, encrConfig, certHash, own, next) => {
      expect(afterShortConfig({ fullConfig, encrConfig, certHash }, own)).toBe(next);
    },
  );

  it('name a certificate as OpenSSL prints its MD5', () => {
    const { certificate } = holder('/CN=SEP001122334455', '01');
    const printed = opensslOutput({ 'c.der': certificate.raw }, [
      ...['x509', '-inform', 'DER', '-in', 'c.der', '-noout', '-fingerprint', '-md5'],
    ]);
    const hex = printed.toString().split('=')[1]?.trim().replaceAll(':', '').toLowerCase();
    expect(certificateHash(certificate.raw)).toBe(hex);
  });
});
