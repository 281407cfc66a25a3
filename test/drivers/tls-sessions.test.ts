import type { TlsOptions, TLSSocket } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { TlsClient } from '../../src/drivers/tls-client.ts';
import type { TlsDemand, TlsProfile } from '../../src/protocols/tls.ts';
import { Harness, TestOwner, turns } from './driver-harness.ts';
import { callManager, credentialOf, demandOf, listenTls, PROFILES } from './tls-parts.ts';

const PHONE = credentialOf('SEP001122334455');
const OTHER = credentialOf('SEP001122334466');

/** SSL_OP_NO_TICKET: the server remembers sessions itself, by their id. */
const NO_TICKET = 0x4000;

/** A server that says hello, and what it thinks of each connection. */
async function server(options: TlsOptions = {}) {
  const resumed: boolean[] = [];
  const { server: tls, port } = await listenTls(
    (socket: TLSSocket) => {
      resumed.push(socket.isSessionReused());
      socket.write('hello');
      socket.resume();
    },
    { requestCert: true, ...options },
  );
  if (options.secureOptions === NO_TICKET) {
    const sessions = new Map<string, Buffer>();
    tls.on('newSession', (id: Buffer, data: Buffer, done: () => void) => {
      sessions.set(id.toString('hex'), data);
      done();
    });
    tls.on('resumeSession', (id: Buffer, done: (error: null, data: Buffer | null) => void) => {
      done(null, sessions.get(id.toString('hex')) ?? null);
    });
  }
  return { port, resumed };
}

/** Connects, hears the server, answers where it trusts it, closes; whether the phone's side has resumed. */
async function visit(
  harness: Harness,
  owner: TestOwner,
  port: number,
  demand: TlsDemand,
  trusts = true,
): Promise<boolean> {
  const from = harness.events.length;
  harness.step(owner, (out) => out.connect('primary', '127.0.0.1', port, demand));
  await harness.received(from + 3);
  await turns();
  harness.step(owner, (out) => {
    if (trusts) out.send('primary', Buffer.from('hello'));
    out.close('primary');
  });
  const event = harness.events[from + 1];
  if (event?.type !== 'secured') throw new Error(harness.kinds.join(', '));
  expect(event.peerCertificate).toEqual(callManager.certificate);
  return event.resumed;
}

describe('a session', () => {
  test.each<[string, TlsProfile, TlsOptions]>([
    ['TLS 1.0, ticket', PROFILES.encrypted, {}],
    ['TLS 1.0, session id', PROFILES.encrypted, { secureOptions: NO_TICKET }],
    ['TLS 1.0 without encryption', PROFILES.authenticated, {}],
    ['TLS 1.2, ticket', PROFILES.tls12, {}],
    ['TLS 1.2, session id', PROFILES.tls12, { secureOptions: NO_TICKET }],
    ['TLS 1.3', PROFILES.tls13, {}],
  ])('%s: taken up where it is asked for, and the server agrees', async (_, profile, options) => {
    const { port, resumed } = await server(options);
    const harness = new Harness();
    const owner = new TestOwner();
    const ours: boolean[] = [];
    for (const resume of [true, true, true, false, true]) {
      ours.push(await visit(harness, owner, port, demandOf(profile, PHONE, resume)));
    }
    expect(ours).toEqual([false, true, true, false, true]);
    expect(resumed).toEqual(ours);
    expect(harness.driver.tls.counters).toMatchObject({
      fullHandshakes: 2,
      resumedHandshakes: 3,
      failedHandshakes: 0,
      contextsBuilt: 1,
      contextsReused: 4,
    });
  });

  test('is of one phone, one server, one certificate, one profile', async () => {
    const first = await server();
    const second = await server({ ticketKeys: Buffer.alloc(48, 1) });
    const harness = new Harness();
    const owner = new TestOwner();
    const demand = demandOf(PROFILES.tls12, PHONE, true);
    const ours = [
      await visit(harness, owner, first.port, demand),
      await visit(harness, new TestOwner(), first.port, demand),
      await visit(harness, owner, second.port, demand),
      await visit(harness, owner, first.port, demand),
      await visit(harness, owner, first.port, demandOf(PROFILES.tls12, OTHER, true)),
      await visit(harness, owner, first.port, demandOf(PROFILES.tls11, OTHER, true)),
    ];
    expect(ours).toEqual([false, false, false, true, false, false]);
  });

  test.each([PROFILES.tls12, PROFILES.tls13])(
    'of a server that the phone turned away is not kept: %o',
    async (profile) => {
      const { port } = await server();
      const harness = new Harness();
      const owner = new TestOwner();
      const demand = demandOf(profile, PHONE, true);
      const ours: boolean[] = [];
      for (const trusts of [false, false, true, true]) {
        ours.push(await visit(harness, owner, port, demand, trusts));
      }
      expect(ours).toEqual([false, false, false, true]);
    },
  );

  test('is lost with the power', async () => {
    const { port } = await server();
    const harness = new Harness();
    const owner = new TestOwner();
    const demand = demandOf(PROFILES.tls12, PHONE, true);
    await visit(harness, owner, port, demand);
    harness.step(owner, (out) => out.vanish());
    expect(await visit(harness, owner, port, demand)).toBe(false);
    expect(await visit(harness, owner, port, demand)).toBe(true);
  });

  test('that the server no longer knows costs a full handshake, not a failure', async () => {
    const { server: tls, port } = await listenTls((socket) => socket.write('hello'));
    const harness = new Harness();
    const owner = new TestOwner();
    const demand = demandOf(PROFILES.tls12, PHONE, true);
    await visit(harness, owner, port, demand);
    tls.setTicketKeys(Buffer.alloc(48, 2));
    expect(await visit(harness, owner, port, demand)).toBe(false);
    expect(await visit(harness, owner, port, demand)).toBe(true);
  });
});

describe('contexts', () => {
  const names = ['SEP000000000001', 'SEP000000000002', 'SEP000000000003'];
  const phones = names.map((name) => demandOf(PROFILES.tls12, credentialOf(name)));

  test('built before the start are found at the first use', async () => {
    const { port } = await server();
    const harness = new Harness();
    for (const { profile, credential } of phones) harness.driver.tls.prepare(profile, credential);
    expect(harness.driver.tls.counters).toMatchObject({ contextsBuilt: 3, contextsReused: 0 });
    for (const demand of phones) await visit(harness, new TestOwner(), port, demand);
    expect(harness.driver.tls.counters).toMatchObject({ contextsBuilt: 3, contextsReused: 3 });
  });

  test('that cannot be built are the operator’s error before the start, without a word of the key', () => {
    const tls = new TlsClient(2);
    const impossible: TlsProfile = { ...PROFILES.tls12, name: 'made up', suites: ['NO-SUCH-SUITE'] };
    const attempt = (): void => tls.prepare(impossible, PHONE);
    expect(attempt).toThrow(/^no TLS as "made up" is possible with Node v.*no cipher match/);
    expect(attempt).toThrow(expect.objectContaining({ code: 'invalid-scenario' }));
    expect(tls.counters.contextsBuilt).toBe(0);
  });

  test('are bounded; the one whose last use is longest ago goes, and its connections stay', async () => {
    const { port } = await server();
    const harness = new Harness({ tls: new TlsClient(2) });
    const [one, two, three] = phones as [TlsDemand, TlsDemand, TlsDemand];
    const stays = new TestOwner();
    harness.step(stays, (out) => out.connect('standby', '127.0.0.1', port, one));
    await harness.received(3);
    for (const demand of [two, one, three, one, two]) await visit(harness, new TestOwner(), port, demand);
    // one, two; one again; three drives two out; one again; two drives three out.
    expect(harness.driver.tls.counters).toMatchObject({
      contextsBuilt: 4,
      contextsReused: 2,
      contextsEvicted: 2,
    });
    expect(harness.kinds.filter((kind) => kind.startsWith('closed'))).toEqual([]);
  });
});
