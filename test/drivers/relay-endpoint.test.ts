import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { namespaceDrops } from '../../src/drivers/kernel-drops.ts';
import { RelayEndpoint } from '../../src/drivers/relay-endpoint.ts';
import { freeUdpPort } from '../support/interop/loopback.ts';
import { Harness, type TestEndpoint, TestOwner, turns } from './driver-harness.ts';

/** As much of a BOOTP message as the relay looks at. */
function message(xid: number): Buffer {
  const bytes = Buffer.alloc(300);
  bytes.writeUInt32BE(xid, 4);
  return bytes;
}

async function relayAndServer(address = '127.0.90.1') {
  const relay = new RelayEndpoint<TestOwner, TestEndpoint>(address, await freeUdpPort(address), 'dhcp');
  await relay.start();
  const server = createSocket('udp4');
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    relay.close();
    server.close();
  });
  const harness = new Harness({ relay });
  const asked = async (): Promise<[Buffer, RemoteInfo]> =>
    (await once(server, 'message')) as [Buffer, RemoteInfo];
  return { relay, server, harness, asked, port: server.address().port };
}

describe('a relay endpoint', () => {
  test('sends from giaddr, and gives each answer to the phone whose transaction it is', async () => {
    const { server, harness, asked, port } = await relayAndServer();
    const [one, two] = [new TestOwner(), new TestOwner()];
    const question = asked();
    harness.step(one, (out) => out.sendTo('dhcp', '127.0.0.1', port, message(1)));
    harness.step(two, (out) => out.sendTo('dhcp', '127.0.0.1', port, message(2)));
    const [, from] = await question;
    expect(from.address).toBe('127.0.90.1');
    server.send(message(2), from.port, from.address);
    server.send(message(1), from.port, from.address);
    await harness.received(2);
    expect(harness.deliveries.map(({ owner, event }) => [owner, event.type])).toEqual([
      [two, 'datagram'],
      [one, 'datagram'],
    ]);
  });

  test('knows how many answers the kernel dropped because they were not read in time', async () => {
    const { relay, server, harness, asked, port } = await relayAndServer();
    const question = asked();
    harness.step(new TestOwner(), (out) => out.sendTo('dhcp', '127.0.0.1', port, message(1)));
    const [, from] = await question;
    expect(relay.drops).toBe(0);
    // More than its buffer holds, and nothing is read before this function waits for the event loop.
    const answers = 400;
    for (let i = 0; i < answers; i++) server.send(Buffer.alloc(60_000), from.port, from.address);
    await turns(1);
    while (relay.received + relay.drops < answers) await turns(1);
    expect(relay.drops).toBeGreaterThan(0);
    expect(relay.received).toBeGreaterThan(0);
    expect(namespaceDrops()).toBeGreaterThanOrEqual(relay.drops);
  });

  test('counts what belongs to nobody: an unknown or old transaction, a released phone, half a message', async () => {
    const { server, harness, asked, port } = await relayAndServer();
    const owner = new TestOwner();
    const first = asked();
    harness.step(owner, (out) => out.sendTo('dhcp', '127.0.0.1', port, message(7)));
    const [, from] = await first;
    harness.step(owner, (out) => out.sendTo('dhcp', '127.0.0.1', port, message(8)));
    server.send(message(7), from.port, from.address);
    server.send(message(9), from.port, from.address);
    server.send(message(8).subarray(0, 100), from.port, from.address);
    while (harness.driver.counters.strayDatagrams < 3) await turns(1);
    harness.driver.release(owner);
    server.send(message(8), from.port, from.address);
    while (harness.driver.counters.strayDatagrams < 4) await turns(1);
    expect(harness.deliveries).toEqual([]);
  });

  test('a destination that may not be reached is told to the phone, after its step', async () => {
    const { harness } = await relayAndServer();
    const owner = new TestOwner();
    harness.step(owner, (out) => out.sendTo('dhcp', '0.0.0.0', 67, message(1)));
    expect(harness.deliveries).toEqual([]);
    await harness.received(1);
    expect(harness.kinds).toEqual(['unsendable denied']);
    expect(harness.driver.counters).toMatchObject({ denied: 1, datagramsSent: 0 });
  });
});

describe('starting', () => {
  test('with an address that is taken, or not of this machine, is refused with a hint', async () => {
    const taken = createSocket('udp4');
    taken.bind(0, '127.0.91.1');
    await once(taken, 'listening');
    onTestFinished(() => void taken.close());
    const start = (address: string, port: number): Promise<unknown> =>
      new RelayEndpoint<TestOwner, TestEndpoint>(address, port, 'dhcp')
        .start()
        .catch((error: unknown) => error);
    expect(await start('127.0.91.1', taken.address().port)).toMatchObject({
      code: 'address-in-use',
      hint: expect.stringContaining('relay address') as string,
    });
    expect(await start('192.0.2.1', 6799)).toMatchObject({ code: 'address-not-local' });
  });
});
