import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { bindUdp, listenTcp } from '../../src/lab/bind.ts';
import { LOCALHOST } from './lab-parts.ts';

const OUTSIDE = ['0.0.0.0', '203.0.113.1', '10.0.0.1', '::', 'localhost', ''];

describe('the lab’s addresses', () => {
  it.each(OUTSIDE)('%j is refused: it is not loopback', async (address) => {
    const expected = { code: 'address-not-local', message: expect.stringContaining('not on loopback') };
    await expect(bindUdp(createSocket('udp4'), address, 0, 'test')).rejects.toMatchObject(expected);
    await expect(listenTcp(createServer(), address, 0, 1, 'test')).rejects.toMatchObject(expected);
  });

  it('says which service cannot have which port, and what to do', async () => {
    const udp = createSocket('udp4');
    const { port } = await bindUdp(udp, LOCALHOST, 0, 'first');
    const inUse = { code: 'address-in-use', hint: expect.stringContaining('lab.ports') };
    const message = `the lab's second cannot have ${LOCALHOST}:${port}: it is in use`;
    const again = bindUdp(createSocket('udp4'), LOCALHOST, port, 'second');
    await expect(again).rejects.toMatchObject({ ...inUse, message });
    udp.close();
    const tcp = createServer();
    const bound = await listenTcp(tcp, LOCALHOST, 0, 1, 'first');
    await expect(listenTcp(createServer(), LOCALHOST, bound.port, 1, 'second')).rejects.toMatchObject(inUse);
    tcp.close();
  });
});
