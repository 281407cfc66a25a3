import { existsSync } from 'node:fs';
import { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeLab } from '../../src/lab/describe.ts';
import { type LabCluster, startLab } from '../../src/lab/lab-cluster.ts';
import type { HostPort } from '../../src/lab/lab-contract.ts';
import { openCertificateStore } from '../../src/pki/open-store.ts';
import { certificatePem } from '../../src/pki/pem.ts';
import { parseTrustList } from '../../src/protocols/trust/trust-list.ts';
import type { SecureEndpoints } from '../../src/scenario/plan.ts';
import { openssl } from '../protocols/trust/openssl.ts';
import { deviceOf, labSettings, madeUpPhones, SccpClient } from './lab-parts.ts';
import { handshake } from './secure-parts.ts';

const SETTINGS = labSettings({
  callManagers: 2,
  security: { mode: 'mixed', deviceSecurityMode: 'encrypted', encryptedConfig: true },
});

let lab: LabCluster;
let secure: SecureEndpoints;
beforeAll(async () => {
  lab = await startLab(SETTINGS, madeUpPhones(3));
  if (lab.endpoints.secure === null) throw new Error('not secure');
  ({ secure } = lab.endpoints);
});
afterAll(async () => {
  await lab.stop();
  expect(existsSync(secure.certificates ?? '')).toBe(false);
});

function portOf(node: number): HostPort {
  const port = secure.callManagers[node - 1];
  if (port === undefined) throw new Error('no such node');
  return port;
}

async function credentialOf(index: number): Promise<{ cert: string; key: string }> {
  const store = await openCertificateStore(secure.certificates ?? '');
  const credential = store.credentialOf(deviceOf(index));
  if (credential === null) throw new Error('no certificate');
  const key = credential.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { cert: certificatePem(credential.certificate), key };
}

async function phoneOn(node: number, index: number): Promise<SccpClient> {
  const port = portOf(node);
  const socket = await handshake(port, await credentialOf(index));
  if (!(socket instanceof TLSSocket)) throw new Error(socket.failure);
  return new SccpClient(port, undefined, socket);
}

async function get({ host, port }: HostPort, name: string): Promise<Buffer> {
  const answer = await fetch(`http://${host}:${port}/${name}`);
  expect(answer.status).toBe(200);
  return Buffer.from(await answer.arrayBuffer());
}

it('makes certificates for phones that have none, and takes them on every node', async () => {
  for (const node of [1, 2]) {
    const client = await phoneOn(node, node);
    expect(await client.register(deviceOf(node))).toMatchObject({ type: 'RegisterAck' });
    client.close();
  }
  expect(await lab.stats()).toMatchObject({
    callManager1: { registrations: 1 },
    callManager1Tls: { handshakesFull: 1 },
    callManager2Tls: { handshakesFull: 1 },
    capf: { sessions: 0 },
    tvs: { sessions: 0 },
  });
});

it('serves trust lists and encrypted configurations over HTTP as well', async () => {
  const { http } = lab.endpoints;
  expect(parseTrustList(await get(http, 'CTLSEP020000000001.tlv'))?.records).toHaveLength(4);
  expect(parseTrustList(await get(http, 'ITLSEP020000000001.tlv'))?.records).toHaveLength(4);
  expect((await get(http, `${deviceOf(1)}.cnf.xml.enc.sgn`)).length).toBeGreaterThan(8000);
});

it('has the same ports and certificates when a node is killed and started again, and no session of before', async () => {
  const client = await phoneOn(1, 1);
  await client.register(deviceOf(1));
  await lab.kill(1);
  expect(await client.next()).toMatchObject({ type: expect.stringMatching(/fin|reset/) });
  await lab.restart(1);
  const again = await phoneOn(1, 1);
  expect(await again.register(deviceOf(1))).toMatchObject({ type: 'RegisterAck' });
  again.close();
  expect(await lab.stats()).toMatchObject({ callManager1Tls: { handshakesFull: 1, handshakesResumed: 0 } });
});

it.each([
  ['AES128-SHA', '-tls1', 'TLSv1'],
  ['NULL-SHA', '-tls1_2', 'TLSv1.2'],
  ['ECDHE-RSA-AES256-GCM-SHA384', '-tls1_2', 'TLSv1.2'],
])('shakes hands with the client of OpenSSL: %s %s', async (suite, version, protocol) => {
  const { cert, key } = await credentialOf(2);
  const { status, output } = openssl({ 'cert.pem': cert, 'key.pem': key }, [
    ...['s_client', '-connect', `127.0.0.1:${portOf(1).port}`, version, '-cipher', `${suite}:@SECLEVEL=0`],
    ...['-cert', 'cert.pem', '-key', 'key.pem', '-no_ign_eof'],
  ]);
  expect(status).toBe(0);
  expect(output.toString()).toContain(`Cipher is ${suite}`);
  expect(/Protocol *: (.*)/.exec(output.toString())?.[1]).toBe(protocol);
});

it('refuses the client of OpenSSL that has no certificate, with an alert that it understands', () => {
  const { status, output } = openssl({}, [
    ...['s_client', '-connect', `127.0.0.1:${portOf(1).port}`, '-tls1_2'],
    ...['-cipher', 'AES128-SHA:@SECLEVEL=0', '-no_ign_eof'],
  ]);
  expect(status).not.toBe(0);
  expect(output.toString()).toContain('SSL alert number 40');
});

it('says what is secure and where', () => {
  const text = describeLab(lab.endpoints, SETTINGS);
  for (const part of [
    'mixed mode as in release 11.5',
    'encrypted by default',
    'CTL and ITL',
    'CAPF  ',
    'TVS  ',
  ])
    expect(text).toContain(part);
  const [first] = secure.callManagers;
  expect(text).toContain(`TLS           127.0.0.1:${first?.port}`);
});
