import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkCertificates } from '../../src/pki/certificate-store.ts';
import { type Issued, type IssueOptions, issuePhoneCertificates } from '../../src/pki/issue-phones.ts';
import { initialiseAuthority, readAuthority } from '../../src/pki/kept-authority.ts';
import { openCertificateStore } from '../../src/pki/open-store.ts';
import { createTemporaryStore } from '../../src/pki/temporary-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { openssl, verdict } from './openssl.ts';

const PHONES = ['SEP020000000000', 'SEP020000000001', 'SEP0200000000FF'].map((deviceName) => ({
  deviceName,
  model: '7961G',
}));
const NAMES = PHONES.map(({ deviceName }) => deviceName);
const OPTIONS: IssueOptions = { kind: 'lsc', keys: 2, seed: 1, again: false, micOrganisation: 'Lab' };

/** Keys take longer to make than all else here: tests begin with a copy of this. */
const prepared = mkdtempSync(join(tmpdir(), 'bootstorm-issued-'));
let issued: Issued;
let folder: string;

beforeAll(async () => {
  await initialiseAuthority(join(prepared, 'pki'), { days: 30, name: 'Test CA' });
  issued = await issuePhoneCertificates(join(prepared, 'pki'), PHONES, OPTIONS);
});
afterAll(() => rmSync(prepared, { recursive: true }));

/** An authority with its keys, and with the certificates of the phones or without. */
function begin(what: 'keys' | 'certificates'): void {
  folder = join(temporaryFolder({}), 'pki');
  const isWanted = (path: string): boolean => what === 'certificates' || !/phones\.\w+$/.test(path);
  cpSync(join(prepared, 'pki'), folder, { recursive: true, filter: isWanted });
}

async function digests(): Promise<readonly (string | undefined)[]> {
  const store = await openCertificateStore(folder);
  return NAMES.map((name) => store.credentialOf(name)?.digest);
}

function mode(name: string): string {
  return (statSync(join(folder, name)).mode & 0o777).toString(8);
}

describe('a folder of certificates', () => {
  it('has a certificate and its key for every phone, and OpenSSL agrees', async () => {
    begin('certificates');
    expect(issued).toMatchObject({ issued: 3, kept: 0, keys: 2 });
    const store = await openCertificateStore(folder);
    expect(store.authorities).toHaveLength(1);
    const [authority = new Uint8Array()] = store.authorities;
    for (const name of NAMES) {
      const credential = store.credentialOf(name);
      if (credential === null) throw new Error(name);
      const certificate = new X509Certificate(credential.certificate);
      expect(certificate.subject).toBe(`O=bootstorm lab\nCN=${name}`);
      expect(certificate.checkPrivateKey(credential.privateKey)).toBe(true);
      expect(credential.origin).toBe('lsc');
      expect(credential.digest).toBe(certificate.fingerprint256.replaceAll(':', '').toLowerCase());
      expect(verdict(credential.certificate, authority, 'sslclient')).toBe('OK');
    }
    expect(store.credentialOf('SEP0200000000AA')).toBeNull();
    expect(store.spareKey(0)).not.toBeNull();
    expect(store.spareKey(0)).not.toBe(store.spareKey(0.5));
    expect(checkCertificates(store, NAMES)).toEqual([]);
    expect(openssl('x509', '-in', join(folder, 'phones.pem'), '-noout', '-subject')).toContain(NAMES[0]);
  });

  it('keeps keys to its owner', async () => {
    begin('certificates');
    expect(mode('.')).toBe('700');
    expect({ ca: mode('ca.key'), keys: mode('keys.pem') }).toEqual({ ca: '600', keys: '600' });
    for (const name of readdirSync(folder)) {
      const text = readFileSync(join(folder, name), 'utf8');
      expect(text.includes('PRIVATE KEY'), name).toBe(['ca.key', 'keys.pem'].includes(name));
    }
    chmodSync(join(folder, 'keys.pem'), 0o644);
    const warnings = checkCertificates(await openCertificateStore(folder), NAMES);
    expect(warnings).toEqual(['keys.pem can be read by others than its owner: chmod 600']);
  });

  it('keeps what is valid, and makes it anew when asked', async () => {
    begin('keys');
    await issuePhoneCertificates(folder, PHONES.slice(0, 2), OPTIONS);
    const before = await digests();
    expect(await issuePhoneCertificates(folder, PHONES, { ...OPTIONS, keys: 3 })).toMatchObject({
      issued: 1,
      kept: 2,
      keys: 3,
    });
    const after = await digests();
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
    expect(
      await issuePhoneCertificates(folder, [...PHONES.slice(0, 1)], { ...OPTIONS, again: true }),
    ).toMatchObject({ issued: 1, kept: 0 });
    const again = await digests();
    expect(again[0]).not.toBe(after[0]);
    expect(again.slice(1)).toEqual(after.slice(1));
    expect(checkCertificates(await openCertificateStore(folder), NAMES)).toEqual([]);
  });

  it('has LSC and MIC of a phone beside each other: the LSC counts', async () => {
    begin('keys');
    await issuePhoneCertificates(folder, PHONES, { ...OPTIONS, kind: 'mic' });
    const [name = ''] = NAMES;
    expect((await openCertificateStore(folder)).credentialOf(name)?.origin).toBe('mic');
    await issuePhoneCertificates(folder, PHONES, OPTIONS);
    const store = await openCertificateStore(folder);
    expect(store.credentialOf(name)?.origin).toBe('lsc');
    const mic = store.credentialOf(name, 'mic');
    expect(new X509Certificate(mic?.certificate ?? '').subject).toBe(`O=Lab\nCN=CP-7961G-${name}`);
  });

  it('replaces certificates of another authority', async () => {
    begin('certificates');
    const other = join(temporaryFolder({}), 'other');
    await initialiseAuthority(other, { days: 30, name: 'Test CA' });
    for (const name of ['ca.pem', 'ca.key'])
      writeFileSync(join(folder, name), readFileSync(join(other, name)));
    expect(await issuePhoneCertificates(folder, PHONES, OPTIONS)).toMatchObject({ issued: 3, kept: 0 });
  });

  it('says what does not fit, for all phones at once', async () => {
    begin('certificates');
    const file = join(folder, 'phones.pem');
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace(`${NAMES[1]} lsc\n`, `${NAMES[1]} lsc\nsome text\n`),
    );
    const store = await openCertificateStore(folder);
    expect(() => checkCertificates(store, [...NAMES, 'SEP020000000BAD'])).toThrow(
      [
        `certificates in ${folder}: 3 problems`,
        `  ${NAMES[1]}: phones.index does not fit phones.pem`,
        `  ${NAMES[2]}: phones.index does not fit phones.pem`,
        '  one phone has no certificate: SEP020000000BAD',
      ].join('\n'),
    );
    // And makes anew what does not fit.
    expect(await issuePhoneCertificates(folder, PHONES, OPTIONS)).toMatchObject({ issued: 2, kept: 1 });
    expect(checkCertificates(await openCertificateStore(folder), NAMES)).toEqual([]);
    appendFileSync(join(folder, 'phones.index'), 'SEP02 lsc\n');
    await expect(openCertificateStore(folder)).rejects.toThrow('phones.index:5: not a line of an index');
  });

  it('is never made where something is already, and its key must be its own', async () => {
    begin('keys');
    await expect(initialiseAuthority(folder, { days: 30 })).rejects.toThrow(/is not empty/);
    writeFileSync(join(folder, 'ca.key'), 'secret');
    await expect(readAuthority(folder)).rejects.toThrow('ca.key is not the key of ca.pem');
    writeFileSync(join(folder, 'ca.pem'), 'not one');
    await expect(readAuthority(folder)).rejects.toThrow('ca.pem is not a certificate');
  });
});

describe('a folder for one run', () => {
  it.each([
    ['process ends without closing it', '', null],
    [
      'process is told to end',
      "process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000);",
      'SIGTERM',
    ],
    ['terminal is closed', "process.kill(process.pid, 'SIGHUP'); setInterval(() => {}, 1000);", 'SIGHUP'],
  ])('is gone when the %s', (_, ending, signal) => {
    const made = madeByChild(ending);
    expect(made.signal).toBe(signal);
    expect(made.files).toEqual([
      ['ca.key', '600'],
      ['ca.pem', '644'],
      ['keys.pem', '600'],
      ['phones.index', '644'],
      ['phones.pem', '644'],
    ]);
    expect(existsSync(made.folder)).toBe(false);
  });

  it('that a killed process has left goes when the next is made, one of a process that lives stays until it is closed', async () => {
    const living = await createTemporaryStore(PHONES, 1);
    expect((statSync(living.folder).mode & 0o777).toString(8)).toBe('700');
    expect(checkCertificates(await openCertificateStore(living.folder), NAMES)).toEqual([]);
    const left = madeByChild("process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000);");
    expect(left.signal).toBe('SIGKILL');
    expect(existsSync(left.folder)).toBe(true);
    const next = await createTemporaryStore([], 1);
    expect([left, living, next].map((made) => existsSync(made.folder))).toEqual([false, true, true]);
    next.close();
    living.close();
    expect([living, next].map((closed) => existsSync(closed.folder))).toEqual([false, false]);
  });
});

interface MadeFolder {
  readonly folder: string;
  /** Names and modes. */
  readonly files: readonly (readonly [string, string])[];
  readonly signal: NodeJS.Signals | null;
}

/** What makes such folders, as one file: from the sources a process would compile all that it loads. */
function builtStore(): URL {
  const outfile = join(prepared, 'temporary-store.mjs');
  if (existsSync(outfile)) return pathToFileURL(outfile);
  const require = 'const require = createRequire(import.meta.url);';
  buildSync({
    entryPoints: [fileURLToPath(new URL('../../src/pki/temporary-store.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: `import { createRequire } from 'node:module'; ${require}` },
  });
  return pathToFileURL(outfile);
}

/** A folder that another process has made before it did `ending`. */
function madeByChild(ending: string): MadeFolder {
  const program = [
    `import { createTemporaryStore } from '${builtStore().href}';`,
    "import { readdirSync, statSync, writeSync } from 'node:fs';",
    `const { folder } = await createTemporaryStore(${JSON.stringify(PHONES)}, 1);`,
    "const modeOf = (name) => (statSync(folder + '/' + name).mode & 0o777).toString(8);",
    'const files = readdirSync(folder).map((name) => [name, modeOf(name)]);',
    'writeSync(1, JSON.stringify({ folder, files }));',
    ending,
  ].join('\n');
  const { stdout, signal } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
    timeout: 170_000,
    killSignal: 'SIGABRT',
  });
  return { ...(JSON.parse(stdout) as Omit<MadeFolder, 'signal'>), signal };
}
