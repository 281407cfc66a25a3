import { beforeAll, describe, expect, it } from 'vitest';
import { type Authority, createAuthority } from '../../src/pki/authority.ts';
import { issueCertificate } from '../../src/pki/issue-certificate.ts';
import { KeyPool } from '../../src/pki/key-pool.ts';
import { certificateText, verdict } from './openssl.ts';

const NAME = { C: 'NL', L: 'Leiden', O: 'Lab & Sønner', OU: 'Voice', CN: 'Lab CA' };
const DEVICE = 'SEP001122334455';
const DAY_MS = 86_400_000;

let authority: Authority;
let pool: KeyPool;

beforeAll(async () => {
  pool = await KeyPool.generate(2);
  authority = await createAuthority({ subject: NAME, days: 30, privateKey: pool.privateKeyAt(0) });
});

function issued(request: Partial<Parameters<typeof issueCertificate>[1]>): Buffer {
  return issueCertificate(authority, {
    profile: 'lsc',
    subject: { CN: DEVICE },
    publicKey: pool.publicKeyAt(1),
    deviceName: DEVICE,
    ...request,
  });
}

/** Subject, extensions and such of `openssl x509 -text`, as "name: value". */
function field(text: string, name: string): string {
  return (new RegExp(`${name}:[^\\S\\n]*(?:critical)?\\s*(.*)`).exec(text)?.[1] ?? '').trim();
}

describe('an authority', () => {
  it('is one for OpenSSL: it certifies itself, and nobody below it may certify', () => {
    const text = certificateText(authority.certificate);
    expect(field(text, 'Basic Constraints')).toBe('CA:TRUE, pathlen:0');
    expect(field(text, 'X509v3 Key Usage')).toBe('Digital Signature, Certificate Sign, CRL Sign');
    expect(text).toContain('Public-Key: (2048 bit)');
    expect(verdict(authority.certificate, authority.certificate, 'any')).toBe('OK');
  });
});

describe('a certificate', () => {
  it('LSC: the issuer’s name with the device as CN, as CAPF makes it', () => {
    const text = certificateText(issued({}));
    const issuer = field(text, 'Issuer');
    expect(issuer).toBe('C = NL, L = Leiden, O = Lab & S\\C3\\B8nner, OU = Voice, CN = Lab CA');
    expect(field(text, 'Subject')).toBe(issuer.replace('Lab CA', DEVICE));
    expect(field(text, 'X509v3 Key Usage')).toBe('Digital Signature, Key Encipherment');
    expect(field(text, 'X509v3 Extended Key Usage')).toBe(
      'TLS Web Server Authentication, TLS Web Client Authentication, IPSec End System',
    );
    expect(field(text, 'X509v3 Subject Alternative Name')).toBe(`URI:${DEVICE}`);
    expect(verdict(issued({}), authority.certificate, 'sslclient')).toBe('OK');
    expect(verdict(issued({}), authority.certificate, 'sslserver')).toBe('OK');
  });

  it('MIC: a name of its own', () => {
    const mic = issued({ profile: 'mic', subject: { O: 'Somebody', CN: `CP-7961G-${DEVICE}` } });
    expect(field(certificateText(mic), 'Subject')).toBe(`O = Somebody, CN = CP-7961G-${DEVICE}`);
    expect(verdict(mic, authority.certificate, 'sslclient')).toBe('OK');
  });

  it('of a server: its names and addresses', () => {
    const server = issueCertificate(authority, {
      profile: 'server',
      subject: { CN: 'cucm1.lab' },
      publicKey: pool.publicKeyAt(1),
      hosts: ['cucm1.lab', '127.0.0.1', '::1'],
    });
    expect(field(certificateText(server), 'X509v3 Subject Alternative Name')).toBe(
      'DNS:cucm1.lab, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
    );
    expect(verdict(server, authority.certificate, 'sslserver')).toBe('OK');
  });

  it('of a signer: signs, and is no TLS server for those who look at purposes', () => {
    const sast = issued({ profile: 'sast', subject: { CN: 'SAST' } });
    expect(field(certificateText(sast), 'X509v3 Key Usage')).toBe('Digital Signature');
    expect(certificateText(sast)).not.toContain('Extended Key Usage');
  });

  it('has a serial number of its own, positive and of 16 octets', () => {
    const serials = [issued({}), issued({})].map(
      (der) => /Serial Number:\s+([0-9a-f:]+)/.exec(certificateText(der))?.[1] ?? '',
    );
    expect(new Set(serials).size).toBe(2);
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9a-f](?::[0-9a-f]{2}){15}$/);
  });

  it('never outlives its authority', () => {
    const ends = [issued({ days: 10_000 }), issued({})].map((der) =>
      field(certificateText(der), 'Not After '),
    );
    const own = field(certificateText(authority.certificate), 'Not After ');
    expect(own).toMatch(/GMT$/);
    expect(ends).toEqual([own, own]);
  });

  it('may have expired already, or not be valid yet', () => {
    const now = Date.now();
    const expired = issued({ notAfter: new Date(now - 1000) });
    expect(verdict(expired, authority.certificate, 'sslclient')).toBe('certificate has expired');
    const early = issued({ notBefore: new Date(now + DAY_MS), days: 2 });
    expect(verdict(early, authority.certificate, 'sslclient')).toBe('certificate is not yet valid');
    const later = new Date(now + DAY_MS);
    expect(() => issued({ notBefore: later, notAfter: later })).toThrow(RangeError);
  });

  it('writes years from 2050 as GeneralizedTime', async () => {
    const days = (Date.UTC(2061, 0, 1) - Date.now()) / DAY_MS;
    const old = await createAuthority({ subject: NAME, days, privateKey: pool.privateKeyAt(0) });
    expect(field(certificateText(old.certificate), 'Not After ')).toMatch(
      /^(?:Dec 31|Jan {2}1) .* 206[01] GMT$/,
    );
    expect(verdict(old.certificate, old.certificate, 'any')).toBe('OK');
  });
});
