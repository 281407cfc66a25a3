/** A user's own certificates, all made by OpenSSL: every form in which they come, and everything that is wrong with some. */
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkCertificates } from '../../src/pki/certificate-store.ts';
import { openCertificateStore } from '../../src/pki/open-store.ts';
import { pemBlocks, pemContent } from '../../src/pki/pem.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thrownBy } from '../support/thrown.ts';
import { openssl } from './openssl.ts';

const PASSWORD = 'correct horse, é';
const DEVICE = 'SEP00112233AABB';

/** What OpenSSL makes once: keys, a certificate below an authority, an expired one. */
let made: string;
let folder: string;

beforeAll(() => {
  made = mkdtempSync(join(tmpdir(), 'bootstorm-own-'));
  const at = (name: string): string => join(made, name);
  for (const name of ['ca.key', 'phone.key', 'other.key'])
    openssl('genrsa', '-traditional', '-out', at(name), '2048');
  openssl(
    'req',
    '-x509',
    '-new',
    '-key',
    at('ca.key'),
    '-subj',
    '/O=Own/CN=Own CA',
    '-days',
    '9',
    '-out',
    at('ca.pem'),
  );
  writeFileSync(at('serial'), '01');
  for (const [name, subject, days] of [
    ['phone', `/O=Own/CN=${DEVICE}`, '5'],
    ['mic', `/O=Own/CN=CP-7961G-${DEVICE}`, '5'],
    ['expired', `/O=Own/CN=${DEVICE}`, '-1'],
    ['stranger', '/O=Own/CN=SEP001122334455', '5'],
  ] as const) {
    openssl('req', '-new', '-key', at('phone.key'), '-subj', subject, '-out', at('request.pem'));
    const issuer = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAserial', at('serial')];
    openssl('x509', '-req', '-in', at('request.pem'), ...issuer, '-days', days, '-out', at(`${name}.pem`));
  }
});

afterAll(() => rmSync(made, { recursive: true, force: true }));

beforeEach(() => {
  folder = temporaryFolder({});
});

function text(name: string): string {
  return readFileSync(join(made, name), 'utf8');
}

/** Puts files into the folder, readable by their owner only. */
function put(name: string, ...contents: readonly (string | Buffer)[]): void {
  writeFileSync(join(folder, name), Buffer.concat(contents.map((part) => Buffer.from(part))), {
    mode: 0o600,
  });
}

function pkcs12(name: string, ...args: readonly string[]): void {
  const inputs = ['-inkey', join(made, 'phone.key'), '-in', join(made, 'phone.pem')];
  openssl('pkcs12', '-export', '-out', join(folder, name), ...inputs, ...args);
  chmodSync(join(folder, name), 0o600);
}

const PASSWORD_ARGS = ['-passout', `pass:${PASSWORD}`] as const;

async function problems(device = DEVICE): Promise<string> {
  const store = await openCertificateStore(folder);
  return thrownBy(() => checkCertificates(store, [device])).message;
}

/** The phone's certificate, with its own key, whatever form it came in. */
async function assertCredential(): Promise<void> {
  const store = await openCertificateStore(folder);
  expect(checkCertificates(store, [DEVICE])).toEqual([]);
  const credential = store.credentialOf(DEVICE);
  const [block] = pemBlocks(text('phone.pem'));
  if (block === undefined || credential === null) throw new Error('no certificate');
  expect(Buffer.from(credential.certificate)).toEqual(pemContent(block));
  expect(new X509Certificate(credential.certificate).checkPrivateKey(credential.privateKey)).toBe(true);
  expect(credential.origin).toBe('lsc');
  expect(store.credentialOf(DEVICE, 'mic')).toBeNull();
  expect(store.credentialOf('SEP000000000000')).toBeNull();
}

describe('takes', () => {
  it('one PEM file with certificate, chain and key, in any order', async () => {
    put(`${DEVICE}.pem`, text('ca.pem'), 'some words\n', text('phone.key'), text('phone.pem'));
    await assertCredential();
  });

  it.each(['pem', 'crt', 'cer'])('a certificate in .%s beside its .key', async (ending) => {
    put(`${DEVICE.toLowerCase()}.${ending}`, text('phone.pem'));
    put(`${DEVICE}.key`, text('phone.key'));
    await assertCredential();
  });

  it('a certificate in DER', async () => {
    openssl('x509', '-in', join(made, 'phone.pem'), '-outform', 'der', '-out', join(folder, `${DEVICE}.crt`));
    put(`${DEVICE}.key`, text('phone.key'));
    await assertCredential();
  });

  it.each([
    ['encrypted PKCS#8', ['pkcs8', '-topk8', '-v2', 'aes-256-cbc']],
    ['traditional', ['rsa', '-aes256', '-traditional']],
  ])('an encrypted key: %s', async (_, args) => {
    openssl(...args, '-in', join(made, 'phone.key'), ...PASSWORD_ARGS, '-out', join(folder, `${DEVICE}.key`));
    chmodSync(join(folder, `${DEVICE}.key`), 0o600);
    put(`${DEVICE}.crt`, text('phone.pem'));
    put('password', `${PASSWORD}\n`);
    await assertCredential();
  });

  it.each([
    ['p12', 'of today', []],
    ['pfx', 'of old: RC2 and 3DES', ['-legacy']],
    [
      'p12',
      'with its chain, 3DES for both',
      ['-certpbe', 'PBE-SHA1-3DES', '-keypbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'],
    ],
    ['p12', 'SHA-512 for the MAC', ['-macalg', 'sha512', '-keypbe', 'aes-128-cbc']],
    ['p12', 'with nothing encrypted', ['-keypbe', 'NONE', '-certpbe', 'NONE']],
  ])('PKCS#12 (.%s) %s', async (ending, _, args) => {
    pkcs12(`${DEVICE}.${ending}`, ...args, '-certfile', join(made, 'ca.pem'), ...PASSWORD_ARGS);
    put('password', `${PASSWORD}\n`);
    await assertCredential();
  });

  it('PKCS#12 with an empty password', async () => {
    pkcs12(`${DEVICE}.p12`, '-passout', 'pass:');
    await assertCredential();
  });

  it('a MIC by its name, the authority, and no key to spare', async () => {
    put(`${DEVICE}.pem`, text('mic.pem'), text('phone.key'));
    copyFileSync(join(made, 'ca.pem'), join(folder, 'ca.pem'));
    const store = await openCertificateStore(folder);
    expect(store.credentialOf(DEVICE)?.origin).toBe('mic');
    expect(store.authorities.map((der) => new X509Certificate(der).subject)).toEqual(['O=Own\nCN=Own CA']);
    expect(store.spareKey(0)).toBeNull();
    expect(checkCertificates(store, [DEVICE])).toEqual([]);
  });
});

describe('says', () => {
  it('everything at once, with the names of files', async () => {
    const names = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `SEP00000000000${n}`);
    const [foreign, expired, alone, lonely, junk, twice, bare, absent = ''] = names;
    put(`${foreign}.crt`, text('phone.pem'));
    put(`${foreign}.key`, text('other.key'));
    put(`${expired}.pem`, text('expired.pem'), text('phone.key'));
    put(`${alone}.crt`, text('phone.pem'));
    put(`${lonely}.key`, text('phone.key'));
    put(`${junk}.p12`, 'no such thing');
    put(`${twice}.pem`, text('phone.pem'), text('phone.key'));
    pkcs12(`${twice}.p12`, ...PASSWORD_ARGS);
    put(`${bare}.crt`, 'no certificate');
    put(`${bare}.key`, '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n');
    const store = await openCertificateStore(folder);
    const error = thrownBy(() => checkCertificates(store, names));
    const until = new X509Certificate(text('expired.pem')).validTo;
    expect(error.message.split('\n').map((line) => line.trim())).toEqual([
      `certificates in ${folder}: 9 problems`,
      `${foreign}.crt: the private key does not belong to the certificate`,
      `${expired}.pem: the certificate expired on ${until}`,
      `${alone}.crt: no private key, and no file ${alone}.key beside it`,
      `${lonely}.key: no certificate`,
      `${junk}.p12: not PKCS#12, or with algorithms that are not known here: \`openssl pkcs12 -nodes\` makes PEM of it`,
      `${twice}.pem: ${twice}.p12 is there too: keep one`,
      `${bare}.crt: neither PEM nor a certificate in DER`,
      `${bare}.key: the private key cannot be read`,
      `one phone has no certificate: ${absent}`,
    ]);
    expect(error.hint).toMatch(/pki issue/);
    expect(() => store.credentialOf(alone ?? '')).toThrow(/no private key/);
  });

  it('that a password is needed, or wrong', async () => {
    pkcs12(`${DEVICE}.p12`, ...PASSWORD_ARGS);
    const other = 'SEP00112233AABC';
    openssl(
      'rsa',
      '-aes256',
      '-in',
      join(made, 'phone.key'),
      ...PASSWORD_ARGS,
      '-out',
      join(folder, `${other}.key`),
    );
    put(`${other}.crt`, text('phone.pem'));
    expect(await problems()).toContain(
      `${DEVICE}.p12: needs a password, and no file password beside it has one`,
    );
    expect(await problems(other)).toContain(
      `${other}.key: the private key is encrypted, and no file password beside it opens it`,
    );
    put('password', 'guess\n');
    const wrong = [await problems(), await problems(other)];
    expect(wrong[0]).toContain(`${DEVICE}.p12: a wrong password`);
    expect(wrong[1]).toContain(`${other}.key: the private key cannot be read: a wrong password`);
    expect(wrong.join('\n')).not.toContain('guess');
  });

  it('which files others can read, and whose name is not the phone’s', async () => {
    put(`${DEVICE}.pem`, text('stranger.pem'), text('phone.key'));
    chmodSync(join(folder, `${DEVICE}.pem`), 0o640);
    expect(checkCertificates(await openCertificateStore(folder), [DEVICE])).toEqual([
      `${DEVICE}.pem can be read by others than its owner: chmod 600`,
      `${DEVICE}.pem: the certificate is for SEP001122334455: a cluster expects the device name`,
    ]);
  });

  it('that a file is too large to be a certificate', async () => {
    put(`${DEVICE}.p12`, Buffer.alloc(100 * 1024 * 1024));
    expect(await problems()).toContain(`${DEVICE}.p12: larger than any certificate`);
  });

  it('that a folder is not there, or has no certificates, or a broken authority', async () => {
    await expect(openCertificateStore(join(folder, 'none'))).rejects.toThrow(
      /cannot read certificates: ENOENT/,
    );
    put('README.txt', 'nothing');
    await expect(openCertificateStore(folder)).rejects.toThrow(`${folder} has no certificates of phones`);
    put(`${DEVICE}.pem`, text('phone.pem'), text('phone.key'));
    put('ca.pem', 'nothing');
    await expect(openCertificateStore(folder)).rejects.toThrow(/ca\.pem: not a certificate/);
  });
});
