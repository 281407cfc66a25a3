import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Harness, openDescriptors, TestOwner, turns } from './driver-harness.ts';

/** A UDP server that hands each datagram to `answer`. */
async function serve(
  answer: (bytes: Buffer, remote: { address: string; port: number }, socket: Socket) => void,
): Promise<number> {
  const socket = createSocket('udp4');
  socket.on('message', (bytes, remote) => answer(bytes, remote, socket));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return socket.address().port;
}

const echo = () => serve((bytes, remote, socket) => socket.send(bytes, remote.port, remote.address));

describe('UDP', () => {
  test('a question leaves from the source address of its owner, and the answer comes back to it', async () => {
    const seen: string[] = [];
    const port = await serve((bytes, remote, socket) => {
      seen.push(`${remote.address} ${bytes.toString()}`);
      socket.send(`re ${bytes.toString()}`, remote.port, remote.address);
    });
    const harness = new Harness();
    const [one, two] = [new TestOwner('127.1.2.3'), new TestOwner('127.1.2.4')];
    for (const [owner, text] of [
      [one, 'a'],
      [two, 'b'],
    ] as const) {
      harness.step(owner, (out) => {
        out.bind('dns');
        out.sendTo('dns', '127.0.0.1', port, Buffer.from(text));
      });
    }
    expect(harness.deliveries, 'nothing is delivered from within an effect').toEqual([]);
    await harness.received(2);
    expect(seen.toSorted()).toEqual(['127.1.2.3 a', '127.1.2.4 b']);
    const answers = harness.deliveries.map(({ owner, endpoint, event }) => ({
      owner: owner.sourceAddress,
      endpoint,
      event,
    }));
    expect(answers).toContainEqual({
      owner: '127.1.2.3',
      endpoint: 'dns',
      event: {
        type: 'datagram',
        address: '127.0.0.1',
        port,
        bytes: Buffer.from('re a'),
        now: expect.any(Number) as number,
      },
    });
    expect(harness.driver.counters).toMatchObject({ openUdp: 2, datagramsSent: 2, datagramsReceived: 2 });
  });

  test('binding again gives another port; an answer to the old one is never delivered', async () => {
    const ports: number[] = [];
    const waiting: (() => void)[] = [];
    const port = await serve((bytes, remote, socket) => {
      ports.push(remote.port);
      waiting.push(() => socket.send(bytes, remote.port, remote.address));
      if (waiting.length === 2) for (const answer of waiting) answer();
    });
    const harness = new Harness();
    const owner = new TestOwner();
    for (const text of ['old', 'new']) {
      harness.step(owner, (out) => {
        out.bind('dns');
        out.sendTo('dns', '127.0.0.1', port, Buffer.from(text));
      });
    }
    await harness.received(1);
    await turns();
    expect(new Set(ports).size).toBe(2);
    expect(harness.events).toMatchObject([{ type: 'datagram', bytes: Buffer.from('new') }]);
    expect(harness.driver.counters.openUdp).toBe(1);
  });

  test('close and release while datagrams are on their way', async () => {
    const port = await echo();
    const harness = new Harness();
    const [closing, releasing] = [new TestOwner(), new TestOwner()];
    for (const owner of [closing, releasing]) {
      harness.step(owner, (out) => {
        out.bind('dns');
        for (let n = 0; n < 50; n++) out.sendTo('dns', '127.0.0.1', port, Buffer.alloc(1_000));
      });
    }
    harness.step(closing, (out) => out.close('dns'));
    harness.step(closing, (out) => out.close('dns'));
    harness.driver.release(releasing);
    await turns(50);
    expect(harness.deliveries).toEqual([]);
    expect(harness.driver.counters.openUdp).toBe(0);
  });

  test('an owner without a source address sends from where the machine chooses', async () => {
    const port = await echo();
    const harness = new Harness();
    harness.step(new TestOwner(''), (out) => {
      out.bind('dns');
      out.sendTo('dns', '127.0.0.1', port, Buffer.from('x'));
    });
    await harness.received(1);
    expect(harness.kinds).toEqual(['datagram']);
  });
});

describe('what cannot be sent', () => {
  const sending = (address: string, port: number, source = '127.0.0.1') => {
    const harness = new Harness();
    const owner = new TestOwner(source);
    harness.step(owner, (out) => {
      out.bind('dns');
      out.sendTo('dns', address, port, Buffer.from('x'));
    });
    expect(harness.deliveries).toEqual([]);
    return { harness, owner };
  };

  test.each([
    ['0.0.0.0', 69, 'denied'], // Linux takes it for this machine: a broken guard would harm nobody
    ['localhost', 69, 'denied'],
    ['::ffff:127.0.0.1', 69, 'denied'],
    ['127.0.0.1', 0, 'unreachable'], // a hostile answer can come from port 0
    ['127.0.0.1', 65_536, 'unreachable'],
    ['::1', 69, 'unreachable'], // from an IPv4 source address
    ['127.255.255.255', 69, 'unreachable'], // the broadcast address of lo: EACCES
  ])('to %s port %i: %s', async (address, port, cause) => {
    const { harness } = sending(address, port);
    await harness.received(1);
    expect(harness.kinds).toEqual([`unsendable ${cause}`]);
    expect(harness.driver.counters.denied).toBe(cause === 'denied' ? 1 : 0);
  });

  test('a datagram that is too long', async () => {
    const harness = new Harness();
    harness.step(new TestOwner(), (out) => {
      out.bind('dns');
      out.sendTo('dns', '127.0.0.1', 69, Buffer.alloc(65_508));
    });
    await harness.received(1);
    expect(harness.kinds).toEqual(['unsendable unreachable']);
  });

  test('from an address that this machine does not have: once, however often it is tried', async () => {
    const harness = new Harness();
    const owner = new TestOwner('192.0.2.77');
    const before = openDescriptors();
    harness.step(owner, (out) => {
      out.bind('dns');
      out.sendTo('dns', '127.0.0.1', 69, Buffer.from('x'));
      out.sendTo('dns', '127.0.0.1', 69, Buffer.from('y'));
    });
    expect(harness.deliveries).toEqual([]);
    await harness.received(1);
    await turns();
    harness.step(owner, (out) => out.sendTo('dns', '127.0.0.1', 69, Buffer.from('z')));
    await turns();
    expect(harness.kinds).toEqual(['unsendable exhausted']);
    harness.step(owner, (out) => out.close('dns'));
    expect(harness.driver.counters.openUdp).toBe(0);
    expect(openDescriptors()).toBe(before);
  });

  test('a refusal that is not wanted any more is not delivered', async () => {
    const { harness, owner } = sending('0.0.0.0', 69);
    harness.step(owner, (out) => out.bind('dns'));
    await turns();
    expect(harness.deliveries).toEqual([]);
  });
});

test('an effect outside a step is a bug and crashes', () => {
  const harness = new Harness();
  expect(() => harness.driver.bind('dns')).toThrow('an effect outside a step');
});
