import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { tlsAlertName } from '../../src/drivers/tls-alert-names.ts';
import type { TlsDemand } from '../../src/protocols/tls.ts';
import { relayTo } from './byte-relay.ts';
import { Harness, listen, openDescriptors, TestOwner, turns } from './driver-harness.ts';
import { credentialOf, demandOf, listenTls, PROFILES } from './tls-parts.ts';

const PHONE = credentialOf('SEP001122334455');

/** What becomes of a connection to this port, in words; it must end with one `closed`. */
async function fate(port: number, demand: TlsDemand = demandOf(PROFILES.tls12, PHONE)): Promise<string[]> {
  const harness = new Harness();
  const closed = new Promise<void>((resolve) => {
    harness.react = ({ event }) => {
      if (event.type === 'closed') resolve();
    };
  });
  harness.step(new TestOwner(), (out) => out.connect('primary', '127.0.0.1', port, demand));
  await closed;
  await turns(5);
  await expect.poll(() => harness.driver.counters.openTcp).toBe(0);
  return harness.events.map((event) => {
    if (event.type !== 'closed') return event.type;
    const { cause, alert, detail } = event;
    return ['closed', cause, alert && `${alert.number} ${alert.name} by ${alert.from}`, detail]
      .filter(Boolean)
      .join(' ');
  });
}

/** A server that answers the first bytes with these, then ends; what it was sent is kept. */
async function scripted(answer: Uint8Array, end = (socket: Socket): unknown => socket.end()) {
  const heard: Buffer[] = [];
  const { port } = await listen((socket) => {
    socket.on('data', (bytes) => heard.push(bytes));
    socket.once('data', () => socket.write(answer, () => void setImmediate(() => end(socket))));
  });
  return { port, heard: () => Buffer.concat(heard) };
}

const record = (type: number, ...bytes: number[]): Buffer =>
  Buffer.from([type, 3, 3, bytes.length >> 8, bytes.length & 0xff, ...bytes]);

/** A ServerHello of this version and suite, without extensions. */
function serverHello(version: number, suite: number): Buffer {
  const body = [3, version, ...Array<number>(32).fill(7), 0, suite >> 8, suite & 0xff, 0];
  return record(22, 2, 0, 0, body.length, ...body);
}

describe('alerts', () => {
  test('each one that has a name is attributed to the server; any other number ends it once as well', async () => {
    const numbers = Array.from({ length: 255 }, (_, n) => n + 1);
    const fates = await Promise.all(
      numbers.map(async (number) => {
        const { port } = await scripted(record(21, 2, number));
        return [number, (await fate(port)).join(', ')] as const;
      }),
    );
    for (const [number, told] of fates) {
      const name = tlsAlertName(number);
      const known = `connected, closed tls-alert ${number} ${name} by server`;
      if (name === 'unassigned') expect(['connected, closed fin', known]).toContain(told);
      else expect(told).toBe(known);
    }
  });

  test.each([
    ['an older version than we have', serverHello(1, 0x002f), '70 protocol_version'],
    ['a suite that was not offered', serverHello(3, 0x0005), '47 illegal_parameter'],
    ['Finished at once', record(22, 20, 0, 0, 0), '10 unexpected_message'],
    ['a ServerHello that is cut short', record(22, 2, 0, 0, 2, 3, 3), '50 decode_error'],
  ])('%s: ours, and it is the one that left', async (_, answer, alert) => {
    const { port, heard } = await scripted(answer, () => {});
    expect(await fate(port)).toEqual(['connected', `closed tls-alert ${alert} by client`]);
    const lastAlert = (): unknown => {
      const [type, , , , , level, number] = heard().subarray(-7);
      return [type, level, number];
    };
    // It may still be on its way.
    await expect.poll(lastAlert).toEqual([21, 2, Number.parseInt(alert, 10)]);
  });

  test('a server above the phone: protocol_version, by the server', async () => {
    const { port } = await listenTls(() => {}, { minVersion: 'TLSv1.2' });
    expect(await fate(port, demandOf(PROFILES.encrypted, PHONE))).toEqual([
      'connected',
      'closed tls-alert 70 protocol_version by server',
    ]);
  });

  test('no suite in common: handshake_failure', async () => {
    const { port } = await listenTls(() => {}, { ciphers: 'AES256-SHA:@SECLEVEL=0' });
    expect(await fate(port, demandOf(PROFILES.authenticated, PHONE))).toEqual([
      'connected',
      'closed tls-alert 40 handshake_failure by server',
    ]);
  });
});

describe('no TLS at all', () => {
  test.each([
    ['a web server', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['SCCP in clear', Buffer.from('08000000000000009d00000000000000', 'hex')],
    ['zeros', Buffer.alloc(100)],
  ])('%s: failed, with the reason', async (_, bytes) => {
    const { port } = await scripted(bytes, () => {});
    expect(await fate(port)).toEqual(['connected', 'closed tls-failed wrong version number']);
  });

  test('a credential whose key is another one: failed, nothing sent', async () => {
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const { port, heard } = await scripted(Buffer.alloc(1));
    const told = await fate(port, demandOf(PROFILES.tls12, { ...PHONE, privateKey: other }));
    expect(told).toEqual(['connected', expect.stringMatching(/^closed tls-failed .*mismatch/)]);
    await turns();
    expect(heard().length).toBe(0);
  });
});

describe('a handshake that breaks off', () => {
  /** What becomes of connections to this port, and how often. */
  async function fates(port: number, count: number, demand: TlsDemand): Promise<Record<string, number>> {
    const harness = new Harness();
    const told = new Map<TestOwner, string>();
    const ended = new Promise<void>((resolve) => {
      let left = count;
      harness.react = ({ owner, event }) => {
        const what = 'cause' in event ? `${event.type} ${event.cause}` : event.type;
        told.set(owner, `${told.get(owner) ?? ''}${what}, `);
        if (event.type === 'closed' && --left === 0) resolve();
      };
    });
    for (let n = 0; n < count; n++)
      harness.step(new TestOwner(), (out) => out.connect('primary', '127.0.0.1', port, demand));
    await ended;
    await turns();
    await expect.poll(() => harness.driver.counters.openTcp).toBe(0);
    const counts: Record<string, number> = {};
    for (const text of told.values()) counts[text] = (counts[text] ?? 0) + 1;
    return counts;
  }

  /** All that a server says in a handshake. */
  async function flightOf(port: number, demand: TlsDemand): Promise<Buffer> {
    const whole = await relayTo(port);
    const harness = new Harness();
    harness.step(new TestOwner(), (out) => out.connect('primary', '127.0.0.1', whole.port, demand));
    await harness.received(2);
    await turns();
    return whole.fromServer();
  }

  test('after every byte that a server says before its Finished: one closed, with fin', async () => {
    const demand = demandOf(PROFILES.encrypted, PHONE);
    const flight = await flightOf((await listenTls((socket) => socket.resume())).port, demand);
    let connections = 0;
    // The same bytes again take a client as far as they did, until its keys differ.
    const { port } = await listen((socket) => {
      const bytes = flight.subarray(0, connections++);
      socket.once('data', () => socket.end(bytes)).resume();
    });
    const descriptors = openDescriptors();
    expect(await fates(port, flight.length, demand)).toEqual({ 'connected, closed fin, ': flight.length });
    await turns(100);
    await expect.poll(openDescriptors).toBeLessThanOrEqual(descriptors);
  });

  test('TLS 1.3 as well, before and after it is secured', async () => {
    const demand = demandOf(PROFILES.tls13, PHONE);
    const { port } = await listenTls((socket) => socket.resume());
    const flight = await flightOf(port, demand);
    const step = 41; // bytes; one of them falls into every message
    const relay = await relayTo(port, { cutAfter: (connection) => connection * step });
    const count = Math.floor(flight.length / step);
    const told = await fates(relay.port, count, demand);
    expect(Object.keys(told).toSorted()).toEqual([
      'connected, closed fin, ',
      'connected, secured, closed fin, ',
    ]);
    expect(Object.values(told).reduce((sum, n) => sum + n, 0)).toBe(count);
  });

  test('with RST: reset', async () => {
    const server = createServer({ pauseOnConnect: true }, (socket) => {
      void turns(50).then(() => socket.resetAndDestroy());
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    expect(await fate((server.address() as AddressInfo).port)).toEqual(['connected', 'closed reset']);
  });

  test('before it begins: fin', async () => {
    const { port } = await listen((socket) => socket.end());
    expect(await fate(port)).toEqual(['connected', 'closed fin']);
  });

  test('where nobody listens: refused, and never connected', async () => {
    const { port, server } = await listen(() => {});
    await new Promise((resolve) => server.close(resolve));
    expect(await fate(port)).toEqual(['closed refused']);
  });
});

test('a server that answers byte by byte is as good as any', async () => {
  const { port } = await listenTls((socket) => socket.pipe(socket));
  for (const profile of [PROFILES.encrypted, PROFILES.tls12, PROFILES.tls13]) {
    const relay = await relayTo(port, { dribble: true });
    const harness = new Harness();
    harness.step(new TestOwner(), (out) => {
      out.connect('primary', '127.0.0.1', relay.port, demandOf(profile, PHONE));
      out.send('primary', Buffer.from('hello'));
    });
    await harness.received(3);
    expect(harness.events).toMatchObject([
      { type: 'connected' },
      { type: 'secured' },
      { type: 'data', bytes: Buffer.from('hello') },
    ]);
  }
});
