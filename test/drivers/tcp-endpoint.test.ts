import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { Harness, listen, TestOwner, turns } from './driver-harness.ts';

/** A connected owner and the server's end of its stream. */
async function connected(options: { allowHalfOpen?: boolean; source?: string } = {}) {
  const peers: Socket[] = [];
  let accepted = (): void => {};
  const peerCame = new Promise<void>((resolve) => {
    accepted = resolve;
  });
  const { port } = await listen(
    (socket) => {
      peers.push(socket);
      accepted();
    },
    '127.0.0.1',
    options.allowHalfOpen ?? false,
  );
  const harness = new Harness();
  const owner = new TestOwner(options.source ?? '127.1.2.3');
  harness.step(owner, (out) => out.connect('primary', '127.0.0.1', port));
  expect(harness.deliveries, 'nothing is delivered from within an effect').toEqual([]);
  await Promise.all([peerCame, harness.received(1)]);
  return { harness, owner, port, peer: peers[0] as Socket };
}

/** Collect what a socket reads, one entry per segment. */
function segments(socket: Socket): string[] {
  const read: string[] = [];
  socket.on('data', (bytes) => read.push(bytes.toString()));
  return read;
}

/** The peer's end is gone, in order or not. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

describe('a stream', () => {
  test('connects from the source address and says so', async () => {
    const { harness, peer } = await connected();
    expect(peer.remoteAddress).toBe('127.1.2.3');
    expect(harness.events).toEqual([
      {
        type: 'connected',
        localAddress: '127.1.2.3',
        localPort: peer.remotePort,
        now: expect.any(Number) as number,
      },
    ]);
    expect(harness.driver.counters.openTcp).toBe(1);
  });

  test('what one step sends leaves as one segment, the next step as another', async () => {
    const { harness, owner, peer } = await connected();
    const read = segments(peer);
    harness.step(owner, (out) => {
      for (const frame of ['one ', 'two ', 'three']) out.send('primary', Buffer.from(frame));
    });
    await once(peer, 'data');
    harness.step(owner, (out) => out.send('primary', Buffer.from('four')));
    await once(peer, 'data');
    expect(read).toEqual(['one two three', 'four']);
  });

  test('what is sent before the connection is there waits for it', async () => {
    const { port } = await listen((socket) =>
      socket.on('data', (bytes) => socket.write(`re ${bytes.toString()}`)),
    );
    const harness = new Harness();
    harness.step(new TestOwner(), (out) => {
      out.connect('primary', '127.0.0.1', port);
      out.send('primary', Buffer.from('ear'));
      out.send('primary', Buffer.from('ly'));
    });
    await harness.received(2);
    expect(harness.events).toMatchObject([
      { type: 'connected' },
      { type: 'data', bytes: Buffer.from('re early') },
    ]);
  });

  test('streams of many owners share one read buffer and never mix', async () => {
    const { port } = await listen((socket) => socket.pipe(socket));
    const harness = new Harness();
    const owners = Array.from({ length: 100 }, (_, n) => new TestOwner(`127.1.3.${n}`));
    const text = (owner: TestOwner): Buffer => Buffer.from(`${owner.sourceAddress} `.repeat(500));
    for (const owner of owners) {
      harness.step(owner, (out) => {
        out.connect('primary', '127.0.0.1', port);
        out.send('primary', text(owner));
      });
    }
    const read = new Map<TestOwner, Buffer[]>();
    const total = owners.reduce((sum, owner) => sum + text(owner).length, 0);
    await new Promise<void>((resolve) => {
      let got = 0;
      harness.react = ({ owner, event }) => {
        if (event.type !== 'data') return;
        read.set(owner, [...(read.get(owner) ?? []), Buffer.from(event.bytes)]);
        got += event.bytes.length;
        if (got === total) resolve();
      };
    });
    for (const owner of owners) expect(Buffer.concat(read.get(owner) ?? [])).toEqual(text(owner));
  });

  test('two streams of one owner, one step', async () => {
    const { harness, owner, port, peer } = await connected();
    const read = segments(peer);
    harness.step(owner, (out) => out.connect('standby', '127.0.0.1', port));
    await harness.received(2);
    harness.step(owner, (out) => {
      out.send('standby', Buffer.from('S'));
      out.send('primary', Buffer.from('P'));
      out.close('standby');
    });
    await once(peer, 'data');
    expect(read).toEqual(['P']);
    await turns();
    expect(harness.deliveries.map((d) => `${d.endpoint} ${d.event.type}`)).toEqual([
      'primary connected',
      'standby connected',
    ]);
  });
});

describe('an end that we did not ask for', () => {
  test('FIN: closed at once, and our side too', async () => {
    const { harness, peer } = await connected({ allowHalfOpen: true });
    const ended = once(peer.resume(), 'end');
    peer.end('bye');
    await harness.received(3);
    expect(harness.kinds).toEqual(['connected', 'data', 'closed fin']);
    await ended;
    await expect.poll(() => harness.driver.counters.openTcp).toBe(0);
  });

  test('RST on an open connection', async () => {
    const { harness, peer } = await connected();
    peer.resetAndDestroy();
    await harness.received(2);
    await turns();
    expect(harness.kinds).toEqual(['connected', 'closed reset']);
    await expect.poll(() => harness.driver.counters.openTcp).toBe(0);
  });

  test('writing to a peer that has gone: one closed, whatever comes first', async () => {
    const { harness, owner, peer } = await connected();
    peer.resetAndDestroy();
    harness.step(owner, (out) => out.send('primary', Buffer.from('x')));
    await harness.received(2);
    await turns();
    expect(harness.kinds).toEqual(['connected', 'closed reset']);
  });

  test('nobody listens: refused', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const harness = new Harness();
    harness.step(new TestOwner(), (out) => {
      out.connect('primary', '127.0.0.1', port);
      out.send('primary', Buffer.from('x'));
    });
    await harness.received(1);
    await turns();
    expect(harness.kinds).toEqual(['closed refused']);
    await expect.poll(() => harness.driver.counters.openTcp).toBe(0);
  });

  test.each([
    ['0.0.0.0', 2000, '127.0.0.1', 'denied'], // Linux takes it for this machine: a broken guard would harm nobody,
    ['localhost', 2000, '127.0.0.1', 'denied'],
    ['127.0.0.1', 65_536, '127.0.0.1', 'unreachable'],
    ['127.0.0.1', 0, '127.0.0.1', 'unreachable'],
    ['::1', 2000, '127.0.0.1', 'unreachable'],
    ['127.255.255.255', 2000, '127.0.0.1', 'unreachable'],
    ['127.0.0.1', 2000, '192.0.2.77', 'exhausted'], // no such source address here
  ])('to %s port %i from %s: %s', async (address, port, source, cause) => {
    const harness = new Harness();
    harness.step(new TestOwner(source), (out) => {
      out.connect('primary', address, port);
      out.send('primary', Buffer.from('x'));
    });
    expect(harness.deliveries).toEqual([]);
    await harness.received(1);
    await turns();
    expect(harness.kinds).toEqual([`closed ${cause}`]);
    expect(harness.driver.counters).toMatchObject({ openTcp: 0, denied: cause === 'denied' ? 1 : 0 });
  });
});

describe('close', () => {
  test('sends what the step has sent, then FIN; no event follows', async () => {
    const { harness, owner, peer } = await connected();
    const read = segments(peer);
    const ended = once(peer, 'end');
    harness.step(owner, (out) => {
      out.send('primary', Buffer.from('good'));
      out.send('primary', Buffer.from('bye'));
      out.close('primary');
    });
    await ended;
    await turns();
    expect(read).toEqual(['goodbye']);
    expect(harness.kinds).toEqual(['connected']);
    await expect.poll(() => harness.driver.counters.openTcp).toBe(0);
  });

  test('what the peer still sends is not delivered, nor its reset', async () => {
    const { harness, owner, peer } = await connected({ allowHalfOpen: true });
    const ended = once(peer.resume(), 'end');
    harness.step(owner, (out) => out.close('primary'));
    await ended;
    peer.write('UnregisterAck');
    await turns();
    peer.resetAndDestroy();
    await turns();
    expect(harness.kinds).toEqual(['connected']);
    await expect.poll(() => harness.driver.counters.openTcp).toBe(0);
    expect(harness.driver.timers.size).toBe(0);
  });

  test('a peer that never closes its side is left after a bounded time', async () => {
    const { harness, owner, peer } = await connected({ allowHalfOpen: true });
    const gone = closed(peer);
    harness.step(owner, (out) => out.close('primary'));
    const trickle = setInterval(() => peer.write('still here'), 5);
    await gone;
    clearInterval(trickle);
    await turns();
    await expect.poll(() => harness.driver.counters.openTcp).toBe(0);
    expect(harness.kinds).toEqual(['connected']);
  });

  test('before the connection is there: no event, no descriptor', async () => {
    const { port } = await listen(() => {});
    const harness = new Harness();
    harness.step(new TestOwner(), (out) => {
      out.connect('primary', '127.0.0.1', port);
      out.close('primary');
    });
    harness.step(new TestOwner(), (out) => {
      out.connect('primary', '0.0.0.0', port);
      out.close('primary');
    });
    await turns(50);
    expect(harness.deliveries).toEqual([]);
    await expect.poll(() => harness.driver.counters.openTcp).toBe(0);
  });

  test('connecting again closes the old stream; its events are not taken for those of the new one', async () => {
    const { harness, owner, port, peer } = await connected();
    peer.write('old news'); // on its way, but the owner moves on before the loop turns
    peer.resetAndDestroy();
    harness.step(owner, (out) => out.connect('primary', '127.0.0.1', port));
    await harness.received(2);
    await turns();
    expect(harness.kinds).toEqual(['connected', 'connected']);
    expect(harness.driver.counters.openTcp).toBe(1);
  });

  test('from within a delivery: bytes that come later in the same read are dropped', async () => {
    const { harness, owner, peer } = await connected();
    harness.react = ({ event }) => {
      if (event.type === 'data') harness.step(owner, (out) => out.close('primary'));
    };
    peer.write('first');
    await harness.received(2);
    peer.write('second');
    await turns();
    expect(harness.kinds).toEqual(['connected', 'data']);
  });
});

test('release: the descriptor is given back and nothing is delivered any more', async () => {
  const { harness, owner, peer } = await connected();
  peer.write('too late');
  const gone = closed(peer);
  harness.driver.release(owner);
  harness.driver.flush();
  await gone;
  await turns();
  expect(harness.kinds).toEqual(['connected']);
  await expect.poll(() => harness.driver.counters.openTcp).toBe(0);
});
