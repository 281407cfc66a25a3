import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FileSource } from '../../src/lab/config-files.ts';
import { openFiles } from '../../src/lab/file-source.ts';
import { secretsOf } from '../../src/lab/role-secrets.ts';
import { parseDeviceConfig } from '../../src/protocols/device-config/parse.ts';
import { checkConfigSignature, parseSignedConfig } from '../../src/protocols/trust/signed-config.ts';
import { decryptConfig, parseEncryptedConfig } from '../../src/protocols/trust/encrypted-config.ts';
import { judgeTrustList } from '../../src/protocols/trust/acceptance.ts';
import { certificateHash } from '../../src/protocols/trust/short-config.ts';
import { parseTrustList, type TrustList } from '../../src/protocols/trust/trust-list.ts';
import { TRUST_ROLES } from '../../src/protocols/trust/trust-record.ts';
import { deviceOf, directoryOf, fault, labSettings, LOCALHOST } from './lab-parts.ts';
import { phoneCredential, type SecureWorld, secureWorld } from './secure-parts.ts';

const SERVERS = [
  { name: 'cucm1.lab', host: LOCALHOST, port: 2000 },
  { name: 'cucm2.lab', host: '127.0.0.2', port: 2001 },
];
const SECURE = {
  callManagers: [
    { host: LOCALHOST, port: 2443 },
    { host: '127.0.0.2', port: 2444 },
  ],
  capf: { host: LOCALHOST, port: 13_804 },
  tvs: { host: LOCALHOST, port: 12_445 },
  certificates: null,
};
const CONFIG = `${deviceOf(1)}.cnf.xml`;

let world: SecureWorld;
beforeAll(async () => {
  world = await secureWorld();
});

type Security = NonNullable<NonNullable<Parameters<typeof labSettings>[0]>['security']>;

async function server(security: Security = { mode: 'mixed' }) {
  const settings = labSettings({ security });
  const secrets = secretsOf({ type: 'tftp' }, settings, world.certificates);
  if (secrets?.type !== 'files') throw new Error('no secrets');
  const servers = { callManagers: SERVERS, srst: null, secure: SECURE };
  return openFiles(settings, directoryOf(3, settings), servers, secrets.files);
}

function read(files: FileSource, name: string, kind?: Parameters<typeof fault>[0]['kind']): Buffer {
  const file = files.read(name, kind === undefined ? null : fault({ on: 'tftp', kind }));
  if (file === null) throw new Error(`no ${name}`);
  return file;
}

function list(bytes: Buffer): TrustList {
  const parsed = parseTrustList(bytes);
  if (parsed === null) throw new Error('an empty list');
  return parsed;
}

describe('trust lists', () => {
  it('are accepted at first use, and name the roles of the cluster', async () => {
    const { files } = await server();
    const ctl = list(read(files, 'CTLSEP020000000001.tlv'));
    const itl = list(read(files, 'ITLFile.tlv'));
    for (const one of [ctl, itl]) {
      expect(judgeTrustList({ list: one, known: null, tvs: 'not-asked' })).toMatchObject({
        verdict: 'accept',
        because: 'first-use',
      });
    }
    const { sast, callManagerAndTftp, capf, tvs } = TRUST_ROLES;
    expect(ctl.records.map(({ role }) => role)).toEqual([sast, callManagerAndTftp, callManagerAndTftp, capf]);
    expect(itl.records.map(({ role }) => role)).toEqual([sast, callManagerAndTftp, capf, tvs]);
    expect(ctl.records[2]).toMatchObject({ dnsName: 'cucm2.lab', ipv4: '127.0.0.2' });
    const known = [...ctl.records];
    expect(judgeTrustList({ list: itl, known, tvs: 'not-asked' })).toMatchObject({
      because: 'known-signer',
    });
  });

  it('is the ITL alone in a cluster that is not in mixed mode', async () => {
    const { files } = await server({ signedFiles: true });
    expect(files.read('CTLFile.tlv', null)).toBeNull();
    expect(list(read(files, 'itlsep020000000001.TLV')).records).toHaveLength(4);
  });

  it('is nothing in a cluster without certificates', async () => {
    const settings = labSettings();
    const servers = { callManagers: SERVERS, srst: null, secure: null };
    const { files } = await openFiles(settings, directoryOf(3, settings), servers, null);
    for (const name of ['CTLFile.tlv', 'ITLFile.tlv', `${CONFIG}.sgn`])
      expect(files.read(name, null)).toBeNull();
  });

  it('of somebody else are not those of the cluster, and a spoilt one has no signature', async () => {
    const { files } = await server();
    const known = list(read(files, 'CTLFile.tlv')).records;
    const judge = (bytes: Buffer): unknown => judgeTrustList({ list: list(bytes), known, tvs: 'not-asked' });
    expect(judge(read(files, 'CTLFile.tlv', 'wrong-signer'))).toMatchObject({ verdict: 'ask-tvs' });
    expect(judge(read(files, 'CTLFile.tlv', 'bad-signature'))).toEqual({
      verdict: 'refuse',
      cause: 'bad-signature',
    });
  });
});

describe('signed files', () => {
  it.each([CONFIG, 'XMLDefault.cnf.xml', 'English_United_States/mk-sccp.jar'])('%s', async (name) => {
    const { files } = await server();
    const records = list(read(files, 'ITLFile.tlv')).records;
    const signed = parseSignedConfig(read(files, `${name}.sgn`));
    expect(checkConfigSignature(signed, records).outcome).toBe('valid');
    expect(signed.header.fileName).toBe(`${name}.sgn`);
    expect(Buffer.from(signed.payload).equals(read(files, name))).toBe(true);
    const check = (kind: 'wrong-signer' | 'bad-signature'): string =>
      checkConfigSignature(parseSignedConfig(read(files, `${name}.sgn`, kind)), records).outcome;
    expect([check('wrong-signer'), check('bad-signature')]).toEqual(['unknown-signer', 'bad-signature']);
  });

  it('are signed once where they are the same for all phones', async () => {
    const { files } = await server();
    expect(read(files, 'XMLDefault.cnf.xml.sgn')).toBe(read(files, 'XMLDefault.cnf.xml.sgn'));
  });

  it('are none of what is not there, and no firmware', async () => {
    const { files } = await server();
    for (const name of ['nothing.xml.sgn', `${deviceOf(7)}.cnf.xml.sgn`, 'SCCP41.9-4-2SR3-1S.loads.sgn'])
      expect(files.read(name, null)).toBeNull();
  });

  it('name the secured ports, CAPF, TVS and the security mode of the phone', async () => {
    const { files } = await server({ mode: 'mixed', deviceSecurityMode: 'encrypted' });
    const text = read(files, CONFIG).toString();
    for (const part of [
      '<deviceSecurityMode>3</deviceSecurityMode>',
      '<securedEthernetPhonePort>2444</securedEthernetPhonePort>',
      '<phonePort>13804</phonePort>',
      '<port>12445</port>\n<address>cucm1.lab</address>',
    ])
      expect(text).toContain(part);
  });

  it('ask for an operation of CAPF until it is done', async () => {
    const { files, certificates } = await server({
      mode: 'mixed',
      capf: { operation: 'install', authMode: 'null-string' },
    });
    const mode = (): unknown => parseDeviceConfig(read(files, CONFIG));
    expect(mode()).toMatchObject({ config: { capfAuthMode: 2 } });
    certificates.enrol({ deviceName: deviceOf(1), certificate: null });
    expect(mode()).toMatchObject({ config: { capfAuthMode: 0 } });
  });
});

describe('encrypted files', () => {
  const encrypted = async () => {
    const opened = await server({ mode: 'mixed', encryptedConfig: true, deviceSecurityMode: 'encrypted' });
    const { cert, key } = phoneCredential(world, deviceOf(1));
    const certificate = new X509Certificate(cert);
    opened.certificates.enrol({
      deviceName: deviceOf(1),
      certificate: certificate.raw.toString('base64'),
    });
    return { ...opened, certificate, key: createPrivateKey(key) };
  };

  it('are the whole configuration, for the phone alone; others find the short file', async () => {
    const { files, certificate, key } = await encrypted();
    const records = list(read(files, 'CTLFile.tlv')).records;
    const short = parseSignedConfig(read(files, `${CONFIG}.sgn`));
    expect(parseDeviceConfig(short.payload)).toMatchObject({
      config: { fullConfig: false, encrConfig: true, certHash: certificateHash(certificate.raw) },
    });
    expect(parseDeviceConfig(read(files, CONFIG))).toMatchObject({ config: { fullConfig: false } });
    const file = parseEncryptedConfig(read(files, `${CONFIG}.enc.sgn`));
    expect(checkConfigSignature(file, records).outcome).toBe('valid');
    const decrypted = decryptConfig(file, key);
    if (!decrypted.ok) throw new Error(decrypted.problem);
    expect(parseDeviceConfig(decrypted.content)).toMatchObject({
      ok: true,
      config: { fullConfig: true, encrConfig: true, deviceSecurityMode: 3 },
    });
  });

  it.each([
    ['wrong-key', 'key-not-unwrapped'],
    ['hash-mismatch', 'hash-mismatch'],
  ] as const)('%s', async (kind, problem) => {
    const { files, key } = await encrypted();
    const file = parseEncryptedConfig(read(files, `${CONFIG}.enc.sgn`, kind));
    expect(decryptConfig(file, key)).toEqual({ ok: false, problem });
  });

  it('are none for a phone whose certificate nobody knows: its short file says so', async () => {
    const { files } = await encrypted();
    expect(files.read(`${deviceOf(2)}.cnf.xml.enc.sgn`, null)).toBeNull();
    expect(parseDeviceConfig(read(files, `${deviceOf(2)}.cnf.xml`))).toMatchObject({
      config: { fullConfig: false, certHash: null },
    });
  });
});

it('the keys of the cluster are all different', () => {
  const { sast, callManagers, capf, tvs, foreign } = world.certificates;
  const keys = [sast, ...callManagers, capf, tvs, foreign].map(({ privateKey }) =>
    createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }),
  );
  expect(new Set(keys).size).toBe(keys.length);
});
