import { connect } from 'node:net';
import { TLSSocket, type ConnectionOptions } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CallManager } from '../../src/lab/call-manager.ts';
import { LabClock } from '../../src/lab/lab-clock.ts';
import { TlsPort } from '../../src/lab/tls-port.ts';
import { count, deviceOf, directoryOf, fault, labSettings, SccpClient, sum } from './lab-parts.ts';
import {
  type HandshakeResult,
  handshake,
  phoneCredential,
  type SecureWorld,
  secureWorld,
  yesterday,
} from './secure-parts.ts';

let world: SecureWorld;
beforeAll(async () => {
  world = await secureWorld(1);
});

const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

type Input = NonNullable<Parameters<typeof labSettings>[0]>;

async function node(input: Input = {}) {
  const security = { mode: 'mixed' as const, deviceSecurityMode: 'encrypted' as const, ...input.security };
  const settings = labSettings({ ...input, security });
  const clock = { now: 0 };
  const directory = directoryOf(100, settings);
  const manager = new CallManager({ node: 1, settings, directory, clock: new LabClock(() => clock.now) });
  await manager.start(0);
  const { callManagers, expired, foreign, trust } = world.certificates;
  const [server] = callManagers;
  const [old] = expired;
  if (server === undefined || old === undefined) throw new Error('no certificates');
  const tls = new TlsPort(manager, { server, expired: old, foreign, trust });
  await tls.start(0);
  open.push(manager, tls);
  const shake = async (options: ConnectionOptions): Promise<HandshakeResult> => {
    const result = await handshake(tls.endpoint, options);
    if (result instanceof TLSSocket) open.push({ close: () => result.destroy() });
    return result;
  };
  const phone = async (index: number, options: ConnectionOptions = {}): Promise<SccpClient> => {
    const socket = await shake({ ...phoneCredential(world, deviceOf(index)), ...options });
    if (!(socket instanceof TLSSocket)) throw new Error(socket.failure);
    return new SccpClient(tls.endpoint, undefined, socket);
  };
  return { manager, tls, clock, shake, phone };
}

/** Every connection to the port is accounted for. */
function addUp(tls: TlsPort): void {
  const ends = Object.keys(tls.counts).filter((name) => name !== 'connections');
  expect(sum(tls.stats(), [...ends, 'inHandshakeNow'])).toBe(count(tls, 'connections'));
}

async function until(tls: TlsPort, name: string, value: number): Promise<void> {
  while (count(tls, name) !== value) await new Promise(setImmediate);
}

describe('a phone whose certificate is good', () => {
  it.each([
    ['79xx, encrypted', 'TLSv1', 'AES128-SHA'],
    ['78xx, encrypted', 'TLSv1.2', 'ECDHE-RSA-AES256-GCM-SHA384'],
  ] as const)('registers over TLS: %s', async (_, version, suite) => {
    const { manager, tls, phone } = await node();
    const client = await phone(1, {
      minVersion: version,
      maxVersion: version,
      ciphers: `${suite}:@SECLEVEL=0`,
    });
    expect(await client.register(deviceOf(1))).toMatchObject({ type: 'RegisterAck' });
    expect(await client.ask({ type: 'KeepAliveReq' })).toEqual({ type: 'KeepAliveAck' });
    expect(count(manager, 'registeredNow')).toBe(1);
    expect(count(tls, 'handshakesFull')).toBe(1);
    addUp(tls);
  });

  it('is reset, unregisters, and ends as in clear', async () => {
    const { manager, phone } = await node();
    const client = await phone(1);
    await client.register(deviceOf(1));
    manager.resetAll(1);
    expect(await client.next()).toEqual({ type: 'Reset', resetType: 1 });
    expect(await client.ask({ type: 'UnregisterReq' })).toMatchObject({ type: 'UnregisterAck' });
    client.close();
    while (count(manager, 'connectedNow') > 0) await new Promise(setImmediate);
    expect(count(manager, 'closed')).toBe(1);
  });

  it('is dropped when it falls silent', async () => {
    const { manager, phone, clock } = await node();
    const client = await phone(1);
    await client.register(deviceOf(1));
    clock.now = 91_000;
    expect(await client.next()).toEqual({ type: 'fin' });
    expect(count(manager, 'droppedSilent')).toBe(1);
  });

  it('resumes its session, and is still known by its certificate', async () => {
    const { tls, shake, phone } = await node();
    const first = await shake(phoneCredential(world, deviceOf(1)));
    if (!(first instanceof TLSSocket)) throw new Error(first.failure);
    const session = first.getSession();
    first.destroy();
    const client = await phone(1, { session });
    expect(await client.register(deviceOf(1))).toMatchObject({ type: 'RegisterAck' });
    expect(tls.stats()).toMatchObject({ handshakesFull: 1, handshakesResumed: 1 });
    const other = await phone(2, { session });
    expect(await other.register(deviceOf(2))).toMatchObject({ type: 'RegisterReject' });
    addUp(tls);
  });

  it('does not resume where the cluster has no resumption', async () => {
    const { tls, shake, phone } = await node({ security: { resumption: 0 } });
    const first = await shake(phoneCredential(world, deviceOf(1)));
    if (!(first instanceof TLSSocket)) throw new Error(first.failure);
    await phone(1, { session: first.getSession() });
    expect(tls.stats()).toMatchObject({ handshakesFull: 2, handshakesResumed: 0 });
  });
});

describe('a phone that may not register as it does', () => {
  it('in clear, with a profile that is encrypted', async () => {
    const { manager } = await node();
    const client = new SccpClient(manager.endpoint);
    open.push(client);
    expect(await client.register(deviceOf(1))).toEqual({ type: 'RegisterReject', text: 'Security Mismatch' });
    expect(count(manager, 'securityMismatches')).toBe(1);
  });

  it('over TLS, with a profile that is not secure', async () => {
    const { phone } = await node({ security: { deviceSecurityMode: 'none' } });
    const client = await phone(1);
    expect(await client.register(deviceOf(1))).toEqual({ type: 'RegisterReject', text: 'Security Mismatch' });
  });

  it('with the certificate of another phone', async () => {
    const { phone } = await node();
    const client = await phone(1);
    expect(await client.register(deviceOf(2))).toEqual({ type: 'RegisterReject', text: 'Security Error' });
  });

  it('without encryption, unless its profile says so', async () => {
    const nullSha = { ciphers: 'NULL-SHA:@SECLEVEL=0' };
    const encrypted = await node();
    const client = await encrypted.phone(1, nullSha);
    expect(await client.register(deviceOf(1))).toEqual({ type: 'RegisterReject', text: 'Security Mismatch' });
    const authenticated = await node({ security: { deviceSecurityMode: 'authenticated' } });
    const second = await authenticated.phone(1, nullSha);
    expect(await second.register(deviceOf(1))).toMatchObject({ type: 'RegisterAck' });
  });

  it('not with a MIC of its own: that is as good as an LSC', async () => {
    const { shake, tls } = await node();
    const socket = await shake(phoneCredential(world, `CP-7961G-${deviceOf(1)}`));
    if (!(socket instanceof TLSSocket)) throw new Error(socket.failure);
    const client = new SccpClient(tls.endpoint, undefined, socket);
    expect(await client.register(deviceOf(1))).toMatchObject({ type: 'RegisterAck' });
  });
});

describe('a handshake that is refused', () => {
  const good = (): ReturnType<typeof phoneCredential> => phoneCredential(world, deviceOf(1));
  const REFUSALS: readonly [string, string, string, () => ConnectionOptions, Input['security']][] = [
    ['without a certificate', 'HANDSHAKE_FAILURE', 'refusedNoCertificate', () => ({}), {}],
    [
      'of an authority that is not trusted',
      'TLSV1_ALERT_UNKNOWN_CA',
      'refusedUnknownIssuer',
      () => phoneCredential(world, deviceOf(1), { by: world.others }),
      {},
    ],
    [
      'no longer valid',
      'SSLV3_ALERT_CERTIFICATE_EXPIRED',
      'refusedExpired',
      () => phoneCredential(world, deviceOf(1), { notAfter: yesterday() }),
      {},
    ],
    ['below the lowest version', 'PROTOCOL_VERSION', 'refusedVersion', good, { minTlsVersion: 'TLSv1.2' }],
    ['without a common suite', 'HANDSHAKE_FAILURE', 'refusedSuite', good, { suites: ['AES256-SHA'] }],
  ];

  it.each(REFUSALS)('%s: %s', async (_, failure, counted, credential, security) => {
    const { tls, shake, manager } = await node({ security });
    expect(await shake(credential())).toMatchObject({ failure: expect.stringContaining(failure) });
    await until(tls, counted, 1);
    expect(count(manager, 'connections')).toBe(0);
    addUp(tls);
  });

  it('because its first bytes are no TLS: the connection is closed, and others go on', async () => {
    const { tls, phone } = await node();
    const socket = connect(tls.endpoint.port, tls.endpoint.host);
    const ended = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    socket.resume();
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await ended;
    await until(tls, 'brokenOff', 1);
    expect(await (await phone(1)).register(deviceOf(1))).toMatchObject({ type: 'RegisterAck' });
    addUp(tls);
  });
});

describe('faults of the handshake', () => {
  const shakeWith = async (input: Parameters<typeof fault>[0]) => {
    const { tls, shake } = await node();
    tls.setFaults([fault(input)]);
    const result = await shake(phoneCredential(world, deviceOf(1)));
    addUp(tls);
    return { tls, result };
  };

  it.each([
    [40, 'HANDSHAKE_FAILURE'],
    [46, 'CERTIFICATE_UNKNOWN'],
    [80, 'INTERNAL_ERROR'],
  ])('alert %i', async (alert, failure) => {
    const { tls, result } = await shakeWith({ on: 'tls', kind: 'tls-alert', alert });
    expect(result).toMatchObject({ failure: expect.stringContaining(failure) });
    expect(count(tls, 'spoilt')).toBe(1);
  });

  it.each([
    ['close', 'ECONNRESET'],
    ['abort', 'ECONNRESET'],
    ['malformed', 'WRONG_VERSION_NUMBER'],
  ] as const)('%s', async (kind, failure) => {
    const { result } = await shakeWith({ on: 'tls', kind });
    expect(result).toMatchObject({ failure: expect.stringContaining(failure) });
  });

  it('a slow handshake is complete all the same', async () => {
    const { result } = await shakeWith({ on: 'tls', kind: 'delay', delayMs: 50 });
    expect(result).toBeInstanceOf(TLSSocket);
  });

  it('a silent one is not, and its connection stays open', async () => {
    const { tls } = await node();
    tls.setFaults([fault({ on: 'tls', kind: 'silence' })]);
    const result = handshake(tls.endpoint, phoneCredential(world, deviceOf(1)));
    while (count(tls, 'faults') === 0) await new Promise(setImmediate);
    expect(count(tls, 'inHandshakeNow')).toBe(1);
    tls.close();
    expect(await result).toMatchObject({ failure: expect.stringMatching(/ECONNRESET|closed/) });
  });

  it.each([
    ['expired-certificate', (valid: boolean) => !valid],
    ['foreign-certificate', (valid: boolean) => valid],
  ] as const)('%s is shown', async (kind, isExpected) => {
    const { result } = await shakeWith({ on: 'tls', kind });
    if (!(result instanceof TLSSocket)) throw new Error(result.failure);
    const shown = result.getPeerX509Certificate();
    const [own] = world.certificates.callManagers;
    expect(shown?.toString()).not.toBe(own?.certificate);
    expect(isExpected(new Date(shown?.validTo ?? 0) > new Date())).toBe(true);
    result.destroy();
  });

  it('refuses connections with its node, and by itself', async () => {
    const { tls, manager, shake } = await node();
    manager.setFaults([fault({ on: 'sccp', kind: 'refuse' })]);
    let failure = '';
    while (failure !== 'ECONNREFUSED') {
      const result = await shake(phoneCredential(world, deviceOf(1)));
      if (!(result instanceof TLSSocket)) ({ failure } = result);
    }
    manager.setFaults([]);
    tls.setFaults([fault({ on: 'tls', kind: 'refuse', probability: 0.999_999 })]);
    failure = '';
    while (failure !== 'ECONNRESET') {
      const result = await shake(phoneCredential(world, deviceOf(1)));
      if (!(result instanceof TLSSocket)) ({ failure } = result);
    }
    expect(count(tls, 'refusedConnections')).toBeGreaterThan(0);
  });
});
