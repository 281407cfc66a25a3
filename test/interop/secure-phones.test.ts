/**
 * Secure phones from power to service at servers that nobody here wrote: trust lists and signed configuration from
 * Debian's TFTP servers, registration through stunnel, which takes only phones that its authority has certified.
 */
import { X509Certificate } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { certificatePem } from '../../src/pki/pem.ts';
import { writePrivateKeys } from '../../src/pki/store-files.ts';
import { buildDeviceConfig } from '../../src/protocols/device-config/build.ts';
import { ctlFileName, deviceConfigFileName } from '../../src/protocols/device-config/file-names.ts';
import { trustRecordOf } from '../../src/protocols/trust/certificate.ts';
import { TRUST_ROLES } from '../../src/protocols/trust/trust-record.ts';
import { callManager, credentialOf, SERVER_IDENTITY } from '../drivers/tls-parts.ts';
import { type FinishedStorm, ledgerSum, runStorm } from '../support/bootstorm-command.ts';
import { type CallManagers, generatedDevice, startCallManagers } from '../support/interop/call-managers.ts';
import type { InteropServer } from '../support/interop/server.ts';
import { createServedFolder, startAtftpd, startTftpdHpa } from '../support/interop/tftp-servers.ts';
import { startStunnel } from '../support/interop/tls-servers.ts';
import { HOLDERS, NODE, recordOf, signed, trustList } from '../support/secure-files.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Places of the phones that something is wrong with; those before them are in order. */
const IN_ORDER = 5;
const STRANGER = 5;
const WITHOUT_CERTIFICATE = 6;
const WITHOUT_STUNNEL_IN_LIST = 7;
const PHONES = Array.from({ length: 8 }, (_, place) => place);

let callManagers: CallManagers;

beforeAll(async () => {
  callManagers = await startCallManagers({ knownPhones: PHONES.length });
});

afterAll(() => callManagers.stop());

async function running(start: Promise<InteropServer>): Promise<InteropServer> {
  const server = await start;
  onTestFinished(() => server.stop());
  return server;
}

/** What phones show: a file for each, with its certificate and its key. */
async function phoneCertificates(): Promise<string> {
  const folder = temporaryFolder({});
  for (const place of PHONES) {
    if (place === WITHOUT_CERTIFICATE) continue;
    const device = generatedDevice(place);
    const { certificate, privateKey } = credentialOf(device, place !== STRANGER);
    await writePrivateKeys(join(folder, `${device}.pem`), [privateKey], certificatePem(certificate));
  }
  return folder;
}

/** Trust lists and signed files, and no others: a phone that asks for plain ones finds nothing. */
function clusterFiles(plainPort: number, securedPort: number): string {
  const signer = recordOf(HOLDERS.callManager, TRUST_ROLES.callManagerAndTftp);
  const stunnel = trustRecordOf(new X509Certificate(callManager.certificate), TRUST_ROLES.callManager, NODE);
  const files = PHONES.flatMap((place): [string, Uint8Array][] => {
    const device = generatedDevice(place);
    const name = `${deviceConfigFileName(device)}.sgn`;
    const records = place === WITHOUT_STUNNEL_IN_LIST ? [signer] : [signer, stunnel];
    const config = buildDeviceConfig({
      deviceName: device,
      callManagers: [{ host: '127.0.0.1', sccpPort: plainPort, securedSccpPort: securedPort }],
      deviceSecurityMode: 3,
    });
    return [
      [ctlFileName(device), trustList(HOLDERS.sast, records)],
      [name, signed(name, config)],
    ];
  });
  const folder = createServedFolder(Object.fromEntries(files));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function storm(tftp: InteropServer, tlsProfile: string): Promise<FinishedStorm> {
  return runStorm(
    JSON.stringify({
      name: 'secure phones at strange servers',
      phones: {
        generate: { count: PHONES.length },
        maxBootAttempts: 1,
        security: { certificates: await phoneCertificates(), tlsProfile },
      },
      target: {
        dhcp: 'static',
        tftp: { servers: [`${tftp.address}:${tftp.port}`], requestAttempts: 10, blockAttempts: 10 },
      },
      sourceAddresses: '127.40.0.0/16',
      skip: ['power', 'image', 'vlan'],
      hold: '200ms',
      maxDuration: '2m',
      drain: { perSecond: 1000 },
      output: { quiet: true },
    }),
  );
}

async function registrations(): Promise<number> {
  return (await callManagers.stats())['callManager1']?.['registrations'] ?? 0;
}

function subjects(log: string, line: RegExp): string[] {
  return [...log.matchAll(line)].map(([, subject = '']) => subject).toSorted();
}

test.each([
  {
    tlsProfile: 'model',
    startTftp: startTftpdHpa,
    agreed: { version: 'TLSv1', suite: 'TLS_RSA_WITH_AES_128_CBC_SHA' },
  },
  {
    tlsProfile: '78xx',
    startTftp: startAtftpd,
    agreed: { version: 'TLSv1.2', suite: 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384' },
  },
])('phones of profile $tlsProfile are in service, $agreed.version, or know why not', async (family) => {
  const [{ port: plainPort } = { port: 0 }] = callManagers.group;
  const stunnel = await running(
    startStunnel(SERVER_IDENTITY, plainPort, ['sslVersionMin = TLSv1', 'ciphers = ALL', 'securityLevel = 0']),
  );
  const folder = clusterFiles(plainPort, stunnel.port);
  const tftp = await running(family.startTftp({ folder }));
  const before = await registrations();
  const { summary, code } = await storm(tftp, family.tlsProfile);
  await stunnel.stop();

  expect(summary.phones).toMatchObject({ asked: PHONES.length, ready: IN_ORDER, failed: 3 });
  expect(ledgerSum(summary)).toBe(PHONES.length);
  expect(summary.security.inService).toEqual({ none: 0, authenticated: 0, encrypted: IN_ORDER });
  expect((await registrations()) - before).toBe(IN_ORDER);
  const address = `${stunnel.address}:${stunnel.port}`;
  expect(summary.servers.find((server) => server.address === address)?.tls).toEqual({
    full: IN_ORDER,
    resumed: 0,
    suites: [{ ...family.agreed, count: IN_ORDER }],
  });

  const failed = summary.stragglers.phones.filter(({ state }) => state === 'failed');
  const fates = failed.map(({ index, stage, cause, server }) => ({ index, stage, cause, server }));
  const refused = { stage: 'handshake', server: address };
  expect(fates.toSorted((one, other) => one.index - other.index)).toEqual([
    { index: STRANGER, cause: 'tls-certificate-refused', ...refused },
    // OpenSSL says handshake_failure (alert 40) to a phone that shows nothing, as where no suite is shared.
    { index: WITHOUT_CERTIFICATE, cause: 'tls-no-shared-suite', ...refused },
    { index: WITHOUT_STUNNEL_IN_LIST, cause: 'tls-server-untrusted', ...refused },
  ]);
  const texts = summary.failureTexts.map(({ text }) => text);
  expect(texts).toContain('alert 48 (unknown_ca) from the server');
  expect(texts).toContain('alert 40 (handshake_failure) from the server');
  expect(code).toBe(EXIT_CODES.thresholdsMissed.code);

  // What stunnel itself says of them: every phone came once, and showed its own certificate.
  const log = stunnel.log();
  const nameOf = (place: number): string => `CN=${generatedDevice(place)}`;
  expect(log.match(/Service \[sccp\] accepted connection/g)).toHaveLength(PHONES.length);
  expect(subjects(log, /Certificate accepted at depth=0: (.+)/g)).toEqual(
    [...PHONES.slice(0, IN_ORDER), WITHOUT_STUNNEL_IN_LIST].map(nameOf),
  );
  expect(subjects(log, /Rejected by CERT at depth=0: (.+)/g)).toEqual([nameOf(STRANGER)]);
  expect(log.match(/peer did not return a certificate/g)).toHaveLength(1);
});
