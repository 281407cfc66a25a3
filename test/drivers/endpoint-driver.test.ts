import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Harness, listen, openDescriptors, TestOwner, turns } from './driver-harness.ts';

test('a process that was asleep delivers neither datagrams nor timers any more', async () => {
  let isAwake = true;
  const looks: number[] = [];
  const harness = new Harness({
    isAwake: (now) => {
      looks.push(now);
      return isAwake;
    },
  });
  const server = createSocket('udp4').bind(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const owner = new TestOwner();
  const ask = (): void =>
    harness.step(owner, (out) => out.sendTo('dns', '127.0.0.1', server.address().port, new Uint8Array([7])));
  server.on('message', (bytes, { port, address }) => server.send(bytes, port, address));
  harness.step(owner, (out) => out.bind('dns'));
  ask();
  await harness.received(1);
  isAwake = false;
  looks.length = 0;
  ask();
  harness.step(owner, (out) => out.setTimer('retry', 1));
  await vi.waitUntil(() => looks.length >= 2, { timeout: 60_000 });
  expect(harness.deliveries).toHaveLength(1);
  harness.driver.release(owner);
  harness.driver.shutDown();
});

describe('timers', () => {
  test('one per name and owner; setting moves, clearing and release stop; nothing fires twice', async () => {
    const harness = new Harness();
    const [one, two, three] = [new TestOwner(), new TestOwner(), new TestOwner()];
    harness.step(one, (out) => {
      out.setTimer('retry', 3_600_000);
      out.setTimer('retry', 10);
      out.setTimer('keepAlive', 20);
    });
    harness.step(two, (out) => {
      out.setTimer('retry', 1);
      out.setTimer('keepAlive', 15);
      out.clearTimer('retry');
      out.clearTimer('retry');
    });
    harness.step(three, (out) => {
      out.setTimer('retry', 1);
      out.setTimer('keepAlive', 1);
    });
    harness.driver.release(three);
    expect(harness.driver.timers.size).toBe(3);
    await harness.received(3);
    expect(
      harness.deliveries.map(({ owner, event }) => [owner, event.type === 'timer' ? event.timer : '']),
    ).toEqual([
      [one, 'retry'],
      [two, 'keepAlive'],
      [one, 'keepAlive'],
    ]);
    expect(harness.driver.timers.size).toBe(0);
  });

  test('a timer set again while it fires runs again', async () => {
    const harness = new Harness();
    const owner = new TestOwner();
    harness.react = () => {
      if (harness.deliveries.length < 5) harness.step(owner, (out) => out.setTimer('retry', 1));
    };
    harness.step(owner, (out) => out.setTimer('retry', 1));
    await harness.received(5);
    expect(harness.driver.timers.size).toBe(0);
  });

  test('a used timer that serves another owner does not fire for the first', async () => {
    const harness = new Harness();
    const [one, two] = [new TestOwner(), new TestOwner()];
    harness.step(one, (out) => {
      out.setTimer('retry', 5);
      out.clearTimer('retry');
    });
    harness.step(two, (out) => out.setTimer('keepAlive', 5));
    harness.step(one, (out) => out.clearTimer('retry'));
    await harness.received(1);
    expect(harness.deliveries).toMatchObject([{ owner: two, event: { type: 'timer', timer: 'keepAlive' } }]);
  });
});

test('a phone whose power is failing hears nothing any more, and vanishes with all that it has', async () => {
  const harness = new Harness();
  const frozen = new TestOwner();
  const { port } = await listen((socket) => socket.write('x'));
  harness.step(frozen, (out) => out.connect('primary', '127.0.0.1', port));
  harness.step(frozen, (out) => out.setTimer('retry', 1));
  frozen.frozen = true;
  const other = new TestOwner();
  harness.step(other, (out) => out.connect('primary', '127.0.0.1', port));
  await harness.received(2);
  expect(harness.deliveries.map(({ owner }) => owner === frozen)).toEqual([false, false]);
  harness.step(frozen, () => harness.driver.vanish());
  expect([harness.driver.counters.openTcp, harness.driver.timers.size]).toEqual([1, 0]);
});

test('what a machine throws is not swallowed', async () => {
  const harness = new Harness();
  harness.react = ({ event }) => {
    if (event.type !== 'connected') throw new Error(`a bug at ${event.type}`);
  };
  const raised: string[] = [];
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error: Error) => raised.push(error.message));
  onTestFinished(() => {
    process.removeAllListeners('uncaughtException');
    for (const listener of listeners) process.on('uncaughtException', listener);
  });
  const { port } = await listen((socket) => socket.write('x'));
  harness.step(new TestOwner(), (out) => out.connect('primary', '127.0.0.1', port));
  harness.step(new TestOwner(), (out) => out.connect('primary', '0.0.0.0', port));
  harness.step(new TestOwner(), (out) => out.setTimer('retry', 1));
  while (raised.length < 3) await turns(1);
  expect(raised.toSorted()).toEqual(['a bug at closed', 'a bug at data', 'a bug at timer']);
});

test('ten times many sockets leave no descriptor behind', async () => {
  const echo = createSocket('udp4');
  echo.on('message', (bytes, remote) => echo.send(bytes, remote.port, remote.address));
  echo.bind(0, '127.0.0.1');
  await once(echo, 'listening');
  onTestFinished(() => void echo.close());
  // The kernel may give a fresh socket the port of the one before: an answer to that one would be heard.
  const deaf = createSocket('udp4');
  deaf.bind(0, '127.0.0.1');
  await once(deaf, 'listening');
  onTestFinished(() => void deaf.close());
  const { port: tcpPort } = await listen((socket) => socket.pipe(socket));
  const udpPort = echo.address().port;
  const deafPort = deaf.address().port;

  const cycle = async (n: number): Promise<void> => {
    const harness = new Harness();
    const owners = Array.from({ length: 100 }, (_, index) => new TestOwner(`127.2.${n}.${index + 1}`));
    for (const owner of owners) {
      harness.step(owner, (out) => {
        out.bind('dns');
        out.sendTo('dns', '127.0.0.1', deafPort, Buffer.from('u'));
        out.bind('dns');
        out.sendTo('dns', '127.0.0.1', udpPort, Buffer.from('u'));
        out.connect('primary', '127.0.0.1', tcpPort);
        out.send('primary', Buffer.from('t'));
        out.connect('standby', '127.0.0.1', tcpPort);
      });
    }
    await harness.received(400); // for each owner: an answer, two connections, an echo
    owners.forEach((owner, index) => {
      if (index % 2 === 0) harness.driver.release(owner);
      else
        harness.step(owner, (out) =>
          (['dns', 'primary', 'standby'] as const).forEach((name) => out.close(name)),
        );
    });
    while (harness.driver.counters.openTcp > 0) await turns(1);
    expect(harness.driver.counters.openUdp).toBe(0);
    expect(harness.kinds.toSorted()).toEqual([
      ...Array<string>(200).fill('connected'),
      ...Array<string>(100).fill('data'),
      ...Array<string>(100).fill('datagram'),
    ]);
    harness.close();
  };

  await cycle(0);
  await turns(100);
  const before = openDescriptors();
  for (let n = 1; n <= 10; n++) await cycle(n);
  await turns(100);
  await expect.poll(openDescriptors).toBeLessThanOrEqual(before);
});

test('without descriptors ports and streams fail as exhausted, every one, and the process goes on', () => {
  const child = join(import.meta.dirname, 'exhausted-child.ts');
  const output = execFileSync(
    'bash',
    ['-c', `ulimit -n 120 && exec "$0" --import tsx "$1"`, process.execPath, child],
    {
      encoding: 'utf8',
    },
  );
  const { outcomes, open } = JSON.parse(output) as {
    outcomes: Record<string, number>;
    open: { udp: number; tcp: number };
  };
  // The program's loader may still give a descriptor back: a connection gets it.
  const { 'tcp connected': connected = 0, 'tcp closed exhausted': exhausted = 0 } = outcomes;
  expect(exhausted + connected).toBe(150);
  expect(exhausted).toBeGreaterThan(100);
  expect(outcomes['udp unsendable exhausted']).toBe(150 - open.udp);
  expect(open.tcp).toBeLessThanOrEqual(connected);
  expect(open.udp).toBeGreaterThan(0);
  expect(open.udp).toBeLessThan(120);
});
