import { once } from 'node:events';
import type { TLSSocket, TlsOptions } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { deferred, relayTo } from './byte-relay.ts';
import { Harness, listen, TestOwner, turns } from './driver-harness.ts';
import { callManager, credentialOf, demandOf, listenTls, PROFILES } from './tls-parts.ts';

const PHONE = credentialOf('SEP001122334455');

/** A secured stream and the server's end of it. */
async function secured(demand = demandOf(PROFILES.tls12, PHONE), options: TlsOptions = {}) {
  const came = deferred<TLSSocket>();
  const { port } = await listenTls((socket) => came.resolve(socket), { requestCert: true, ...options });
  const harness = new Harness();
  const owner = new TestOwner('127.1.2.3');
  harness.step(owner, (out) => out.connect('primary', '127.0.0.1', port, demand));
  expect(harness.deliveries, 'nothing is delivered from within an effect').toEqual([]);
  const [peer] = await Promise.all([came.promise, harness.received(2)]);
  return { harness, owner, port, peer };
}

describe('a secured stream', () => {
  test.each([
    ['authenticated', 'TLSv1', 'TLS_RSA_WITH_NULL_SHA'],
    ['encrypted', 'TLSv1', 'TLS_RSA_WITH_AES_128_CBC_SHA'],
    ['tls11', 'TLSv1.1', 'TLS_RSA_WITH_AES_128_CBC_SHA'],
    ['tls12', 'TLSv1.2', 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384'],
    ['tls13', 'TLSv1.3', 'TLS_AES_256_GCM_SHA384'],
  ] as const)('%s: TCP first, then %s with %s and both certificates', async (name, version, suite) => {
    const { harness, peer } = await secured(demandOf(PROFILES[name], PHONE));
    expect(harness.events).toMatchObject([
      { type: 'connected', localAddress: '127.1.2.3', localPort: peer.remotePort },
      { type: 'secured', version, suite, resumed: false },
    ]);
    const [, event] = harness.events;
    expect(event?.type === 'secured' && event.peerCertificate).toEqual(callManager.certificate);
    expect(peer.authorized).toBe(true);
    expect(peer.getPeerX509Certificate()?.raw).toEqual(PHONE.certificate);
    expect(harness.driver.tls.counters).toMatchObject({ fullHandshakes: 1, contextsBuilt: 1 });
    expect(harness.driver.counters.openTcp).toBe(1);
  });

  test('names no server and offers no protocol: phones do neither', async () => {
    const { peer } = await secured(undefined, { ALPNProtocols: ['sccp'] });
    expect(peer.servername).toBe(false);
    expect(peer.alpnProtocol).toBe(false);
  });

  test('without a certificate where none is demanded', async () => {
    const { harness, peer } = await secured(demandOf(PROFILES.encrypted), { rejectUnauthorized: false });
    expect(peer.getPeerX509Certificate()).toBeUndefined();
    expect(harness.kinds).toEqual(['connected', 'secured']);
  });

  test('what one step sends is one record, and data comes both ways', async () => {
    const { harness, owner, peer } = await secured();
    const read: string[] = [];
    peer.on('data', (bytes: Buffer) => read.push(bytes.toString()));
    harness.step(owner, (out) => {
      for (const frame of ['one ', 'two ', 'three']) out.send('primary', Buffer.from(frame));
    });
    await once(peer, 'data');
    harness.step(owner, (out) => out.send('primary', Buffer.from('four')));
    await once(peer, 'data');
    expect(read).toEqual(['one two three', 'four']);
    peer.write('answer');
    await harness.received(3);
    expect(harness.events[2]).toMatchObject({ type: 'data', bytes: Buffer.from('answer') });
  });

  test('what is sent early waits for the handshake, in its order', async () => {
    const { port } = await listenTls((socket) => socket.pipe(socket));
    const harness = new Harness();
    const owner = new TestOwner();
    harness.react = ({ event }) => {
      if (event.type === 'connected' || event.type === 'secured')
        harness.step(owner, (out) => out.send('primary', Buffer.from(`${event.type} `)));
    };
    harness.step(owner, (out) => {
      out.connect('primary', '127.0.0.1', port, demandOf(PROFILES.tls12));
      out.send('primary', Buffer.from('early '));
    });
    await harness.received(3);
    expect(harness.events[2]).toMatchObject({ bytes: Buffer.from('early connected secured ') });
  });

  test('nothing but TLS records leaves, whatever is sent before there is TLS', async () => {
    const first = deferred<Buffer>();
    const { port } = await listen((socket) => socket.once('data', (bytes) => first.resolve(bytes)));
    const harness = new Harness();
    const owner = new TestOwner();
    harness.react = () => harness.step(owner, (out) => out.send('primary', Buffer.from('secret')));
    harness.step(owner, (out) => {
      out.connect('primary', '127.0.0.1', port, demandOf(PROFILES.encrypted, PHONE));
      out.send('primary', Buffer.from('secret'));
    });
    const bytes = await first.promise;
    expect([bytes[0], bytes[5]], 'a handshake record with a ClientHello').toEqual([22, 1]);
    expect(bytes.includes('secret')).toBe(false);
    expect(bytes.length).toBe(5 + bytes.readUInt16BE(3));
  });
});

describe('the end of a secured stream', () => {
  test('close: what the step has sent, close_notify, FIN; no event follows', async () => {
    const { harness, owner, peer } = await secured();
    const read: string[] = [];
    peer.on('data', (bytes: Buffer) => read.push(bytes.toString()));
    const ended = once(peer, 'end');
    harness.step(owner, (out) => {
      out.send('primary', Buffer.from('good'));
      out.send('primary', Buffer.from('bye'));
      out.close('primary');
    });
    await ended;
    await turns();
    expect(read).toEqual(['goodbye']);
    expect(harness.kinds).toEqual(['connected', 'secured']);
    await expect.poll(() => harness.driver.counters.openTcp).toBe(0);
  });

  test.each([
    ['end', (peer: TLSSocket) => peer.end('bye'), ['data', 'closed fin']],
    ['reset', (peer: TLSSocket) => peer.destroy(), ['closed fin']],
  ] as const)('the server ends it: %s', async (_, end, kinds) => {
    const { harness, peer } = await secured();
    end(peer);
    await harness.received(2 + kinds.length);
    await turns();
    expect(harness.kinds).toEqual(['connected', 'secured', ...kinds]);
    await expect.poll(() => harness.driver.counters.openTcp).toBe(0);
  });

  test('a step in which the server has gone: one closed', async () => {
    const { harness, owner, peer } = await secured();
    peer.destroy();
    harness.step(owner, (out) => out.send('primary', Buffer.from('x')));
    await harness.received(3);
    await turns();
    expect(harness.kinds.slice(2)).toEqual([expect.stringMatching(/^closed (fin|reset)$/)]);
  });

  test('power that fails at an address from which nothing leaves: RST, and no close_notify', async () => {
    const server = await listenTls((socket) => socket.resume());
    const { port, fromClients, ended } = await relayTo(server.port);
    const harness = new Harness();
    const owner = new TestOwner();
    harness.step(owner, (out) => out.connect('primary', '127.0.0.1', port, demandOf(PROFILES.tls12)));
    await harness.received(2);
    await turns();
    const before = fromClients();
    owner.unreachable = true;
    harness.step(owner, (out) => {
      out.send('primary', Buffer.from('lost'));
      // The step is not over when the power goes.
      out.vanish();
    });
    expect(await ended).toBe('ECONNRESET');
    expect(fromClients()).toBe(before);
    expect(harness.kinds).toEqual(['connected', 'secured']);
    await expect.poll(() => harness.driver.counters.openTcp).toBe(0);
  });

  test('close in the middle of the handshake: no event, no descriptor', async () => {
    const gone = deferred();
    const { port } = await listen((socket) => socket.resume().once('close', () => gone.resolve()));
    const harness = new Harness();
    const owner = new TestOwner();
    harness.step(owner, (out) => out.connect('primary', '127.0.0.1', port, demandOf(PROFILES.tls12)));
    await harness.received(1);
    harness.step(owner, (out) => {
      out.send('primary', Buffer.from('x'));
      out.close('primary');
    });
    await gone.promise;
    await turns();
    expect(harness.kinds).toEqual(['connected']);
    expect(harness.driver.tls.counters.failedHandshakes).toBe(0);
  });

  test('close within `secured`, because the server is the wrong one: what waited is not sent', async () => {
    const read: string[] = [];
    const ended = deferred();
    const { port } = await listenTls((socket) => {
      socket.on('data', (bytes: Buffer) => read.push(bytes.toString()));
      socket.on('end', () => ended.resolve());
    });
    const harness = new Harness();
    const owner = new TestOwner();
    harness.react = ({ event }) => {
      if (event.type === 'secured') harness.step(owner, (out) => out.close('primary'));
    };
    harness.step(owner, (out) => {
      out.connect('primary', '127.0.0.1', port, demandOf(PROFILES.tls12));
      out.send('primary', Buffer.from('for the right one'));
    });
    await ended.promise;
    await turns();
    expect(read).toEqual([]);
    expect(harness.kinds).toEqual(['connected', 'secured']);
  });
});
