import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { beforeAll, afterEach, describe, expect, it } from 'vitest';
import { CapfServer, type CapfServerOptions } from '../../src/lab/capf-server.ts';
import { FaultTable } from '../../src/lab/fault-table.ts';
import { LabClock } from '../../src/lab/lab-clock.ts';
import { type Authority, createAuthority } from '../../src/pki/authority.ts';
import { issueCertificate } from '../../src/pki/issue-certificate.ts';
import { certificatePem } from '../../src/pki/pem.ts';
import { createCapfClient, stepCapfClient } from '../../src/protocols/capf/client.ts';
import type { CapfClientConfig, CapfResult, CapfTimer } from '../../src/protocols/capf/client-contract.ts';
import type { CapfOrder } from '../../src/protocols/capf/server-session.ts';
import type { LabFault } from '../../src/scenario/lab-faults.ts';
import { fromHex } from '../../src/wire/hex.ts';
import { CLIENT_CONFIG, credential, DEVICE, NEW_KEY } from '../protocols/capf/scripted-session.ts';
import { opensslOutput, pem, rsaKey } from '../protocols/trust/openssl.ts';
import VECTORS from '../vectors/capf/messages.json' with { type: 'json' };
import { count, fault, labSettings, sum } from './lab-parts.ts';
import { opensslClient, overTls, TLS_1_0, TLS_1_2 } from './tls-machine.ts';

const PHONE_KEY = rsaKey(2048);
const SECRET = '90817263544536271809';
const INSTALL: CapfOrder = {
  operation: 'install',
  authentication: { type: 'null-string' },
  key: { kind: 'rsa', bits: 2048 },
};

let authority: Authority;
beforeAll(async () => {
  authority = await createAuthority({ subject: { CN: 'CAPF', O: 'Lab' }, days: 2 });
});

const open: CapfServer[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

async function capf(
  order: Partial<CapfOrder> = {},
  options: Partial<CapfServerOptions> = {},
  faults: readonly LabFault[] = [],
) {
  const certificates: [string, Uint8Array | null][] = [];
  const trusted = new X509Certificate(authority.certificate);
  const server = new CapfServer(
    labSettings(),
    {
      identity: { certificate: certificatePem(authority.certificate), privateKey: pem(authority.privateKey) },
      order: (deviceName) => (deviceName === DEVICE ? { ...INSTALL, ...order } : null),
      trusts: (certificate, deviceName) =>
        certificate.subject.includes(deviceName) && certificate.verify(trusted.publicKey),
      issue,
      onCertificate: (deviceName, certificate) => void certificates.push([deviceName, certificate]),
      sessionLimit: null,
      overload: 'close',
      ...options,
    },
    new FaultTable('capf', faults, new LabClock(() => 0)),
  );
  await server.start(0);
  open.push(server);
  const enrol = (changes: Partial<CapfClientConfig> = {}, profile: object = TLS_1_2) => {
    const client = createCapfClient({
      ...CLIENT_CONFIG,
      ...server.endpoint,
      newKey: () => PHONE_KEY,
      keyTimeMs: 1,
      timeoutMs: 60_000,
      ...changes,
    });
    return overTls<CapfTimer, CapfResult>(
      server.endpoint,
      (event, out) => stepCapfClient(client, event, out),
      profile,
    );
  };
  return { server, enrol, certificates };
}

function issue(deviceName: string, publicKey: KeyObject): Uint8Array {
  return issueCertificate(authority, { profile: 'lsc', subject: { CN: deviceName }, publicKey, deviceName });
}

const OUTCOMES = [
  ...[
    'installed',
    'fetched',
    'deleted',
    'nothingPending',
    'unknownDevice',
    'notAuthentic',
    'declined',
    'aborted',
  ],
  ...['malformed', 'noAnswer', 'gone', 'stopped', 'busy', 'spoilt', 'inSessionNow'],
];
function addUp(server: CapfServer): void {
  const stats = server.stats();
  expect(sum(stats, OUTCOMES)).toBe(stats['sessions']);
}

async function settled(server: CapfServer): Promise<void> {
  while (count(server, 'inSessionNow') > 0) await new Promise(setImmediate);
}

describe('CapfServer', () => {
  it.each([
    ['TLS 1.0, as a 79xx', TLS_1_0],
    ['TLS 1.2', TLS_1_2],
  ])('installs a certificate over %s, and then has nothing more to do', async (_, profile) => {
    const { server, enrol, certificates } = await capf();
    const { result, writes } = await enrol({}, profile);
    expect(result.outcome).toBe('installed');
    if (result.outcome !== 'installed') return;
    // AuthRes, RequestInProgress, KeyGenRes, StoreCertRes: each in one write.
    expect(writes).toBe(4);
    const { credential: lsc } = result;
    const files = {
      'lsc.pem': certificatePem(lsc.certificate),
      'ca.pem': certificatePem(authority.certificate),
    };
    expect(opensslOutput(files, ['verify', '-CAfile', 'ca.pem', 'lsc.pem']).toString()).toBe('lsc.pem: OK\n');
    const publicPem = createPublicKey(lsc.privateKey).export({ type: 'spki', format: 'pem' });
    expect(opensslOutput(files, ['x509', '-in', 'lsc.pem', '-noout', '-pubkey']).toString()).toBe(publicPem);
    expect(certificates).toEqual([[DEVICE, Buffer.from(lsc.certificate)]]);
    expect((await enrol({ lsc }, profile)).result).toEqual({ outcome: 'nothing-pending' });
    await settled(server);
    expect(server.stats()).toMatchObject({
      connections: 2,
      installed: 1,
      nothingPending: 1,
      handshakesFailed: 0,
    });
    addUp(server);
  });

  it('leads the session of the vectors with OpenSSL’s client over TLS 1.0', async () => {
    const { server } = await capf({ operation: 'none' });
    const vector = (name: string): Buffer => fromHex(VECTORS.find((one) => one.name === name)?.hex ?? '');
    const heard = await opensslClient(server.endpoint, vector('AuthRes, null string'));
    expect(heard).toEqual(Buffer.concat([vector('AuthReq'), vector('EndSession, no action')]));
    expect(server.stats()).toMatchObject({ nothingPending: 1, handshakesFailed: 0 });
  });

  it('fetches and deletes', async () => {
    const lsc = credential('lsc', NEW_KEY);
    const fetching = await capf({ operation: 'fetch' });
    expect((await fetching.enrol({ lsc })).result).toEqual({ outcome: 'fetched' });
    const deleting = await capf({ operation: 'delete' });
    expect((await deleting.enrol({ lsc })).result).toEqual({ outcome: 'deleted' });
    await settled(fetching.server);
    await settled(deleting.server);
    expect(fetching.certificates).toEqual([[DEVICE, Uint8Array.from(lsc.certificate)]]);
    expect(deleting.certificates).toEqual([[DEVICE, null]]);
  });

  it('takes an LSC that it has issued itself as proof, and nobody else’s', async () => {
    const { server, enrol } = await capf({ authentication: { type: 'certificate' } });
    const good = { ...credential('lsc', PHONE_KEY), certificate: issue(DEVICE, createPublicKey(PHONE_KEY)) };
    const authentication = { type: 'lsc' } as const;
    const stranger = credential('lsc', PHONE_KEY);
    const { result } = await enrol({ authentication, lsc: stranger });
    expect(result).toEqual({ outcome: 'failed', cause: 'rejected', reason: 7 });
    expect((await enrol({ authentication, lsc: good })).result).toMatchObject({ outcome: 'installed' });
    expect(server.stats()).toMatchObject({ notAuthentic: 1, installed: 1 });
    addUp(server);
  });

  it('keeps the password to itself', async () => {
    const { server, enrol } = await capf({ authentication: { type: 'password', password: SECRET } });
    const wrong = await enrol({ authentication: { type: 'password', password: `${SECRET}0` } });
    expect(wrong.result).toEqual({ outcome: 'failed', cause: 'rejected', reason: 7 });
    const right = await enrol({ authentication: { type: 'password', password: SECRET } });
    expect(right.result).toMatchObject({ outcome: 'installed' });
    expect(JSON.stringify([wrong, right, server.stats()])).not.toContain(SECRET);
  });

  it('counts phones that it does not know, that must not be changed, and that cannot', async () => {
    const { server, enrol } = await capf();
    const unknown = await enrol({ deviceName: 'SEP000000000000' });
    expect(unknown.result).toEqual({ outcome: 'failed', cause: 'unknown-device', reason: 9 });
    expect((await enrol({ mayChange: false })).result).toEqual({
      outcome: 'failed',
      cause: 'change-forbidden',
    });
    expect((await enrol({ newKey: () => null })).result).toMatchObject({ cause: 'no-key' });
    await settled(server);
    expect(server.stats()).toMatchObject({ unknownDevice: 1, aborted: 1, declined: 1, installed: 0 });
    expect((await enrol()).result).toMatchObject({ outcome: 'installed' });
    addUp(server);
  });

  it.each([
    ['close', { outcome: 'failed', cause: 'fin' }],
    [{ retryLaterSeconds: 90 }, { outcome: 'retry-later', seconds: 90 }],
  ] as const)('above the session limit: %o', async (overload, outcome) => {
    const { server, enrol } = await capf({}, { sessionLimit: 1, overload });
    const first = enrol({ keyTimeMs: 600_000 });
    while (count(server, 'inSessionNow') < 1) await new Promise(setImmediate);
    expect((await enrol()).result).toEqual(outcome);
    expect(server.stats()).toMatchObject({ busy: 1, inSessionNow: 1 });
    server.close();
    expect((await first).result).toMatchObject({ outcome: 'failed' });
    await settled(server);
    expect(server.stats()).toMatchObject({ sessions: 2, gone: 1 });
    addUp(server);
  });
});

describe('faults of CapfServer', () => {
  it.each([
    ['close', { cause: 'fin' }, 'spoilt'],
    ['abort', { cause: 'reset' }, 'spoilt'],
    ['malformed', { cause: 'malformed', detail: 'capf.protocol @0: 72, not 85' }, 'spoilt'],
    ['reject', { cause: 'unknown-device', reason: 9 }, 'unknownDevice'],
  ] as const)('%s', async (kind, facts, counted) => {
    const { server, enrol } = await capf({}, {}, [fault({ on: 'capf', kind })]);
    expect((await enrol()).result).toEqual({ outcome: 'failed', ...facts });
    expect(server.stats()).toMatchObject({ [counted]: 1, faults: 1 });
    server.setFaults([]);
    expect((await enrol()).result).toMatchObject({ outcome: 'installed' });
    addUp(server);
  });

  it('silence: the phone’s own patience ends it', async () => {
    const { server, enrol } = await capf({}, {}, [fault({ on: 'capf', kind: 'silence' })]);
    expect((await enrol({ timeoutMs: 500 })).result).toEqual({ outcome: 'failed', cause: 'no-answer' });
    expect(server.stats()).toMatchObject({ spoilt: 1 });
  });

  it('delay: AuthReq comes late', async () => {
    const { server, enrol } = await capf({}, {}, [fault({ on: 'capf', kind: 'delay', delayMs: 50 })]);
    expect((await enrol()).result).toMatchObject({ outcome: 'installed' });
    expect(server.stats()).toMatchObject({ faults: 1 });
  });

  it('refuse: reset when the connection opens', async () => {
    const { server, enrol } = await capf({}, {}, [fault({ on: 'capf', kind: 'refuse' })]);
    expect((await enrol()).result).toEqual({ outcome: 'failed', cause: 'reset' });
    expect(server.stats()).toMatchObject({ connections: 1, reset: 1, sessions: 0 });
  });
});
