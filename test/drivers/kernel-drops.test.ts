import { createSocket } from 'node:dgram';
import { describe, expect, it } from 'vitest';
import { kernelDrops } from '../../src/drivers/kernel-drops.ts';

const LOCALHOST = '127.0.0.1';

describe('kernelDrops', () => {
  it('counts what did not fit the receive buffer, and nothing of a port that nobody has', async () => {
    const receiver = createSocket({ type: 'udp4', recvBufferSize: 4096 });
    await new Promise<void>((resolve) => {
      receiver.bind(0, LOCALHOST, resolve);
    });
    const endpoint = { host: LOCALHOST, port: receiver.address().port };
    expect(kernelDrops(endpoint)).toBe(0);
    // Nothing is received before this function waits for the event loop: libuv sends at once.
    const sender = createSocket('udp4');
    await new Promise<void>((resolve) => {
      sender.bind(0, LOCALHOST, resolve);
    });
    let sent = 0;
    const allSent = new Promise<void>((resolve) => {
      for (let i = 0; i < 200; i++) {
        sender.send(Buffer.alloc(1000), endpoint.port, endpoint.host, () => {
          if (++sent === 200) resolve();
        });
      }
    });
    await allSent;
    const dropped = kernelDrops(endpoint);
    expect(dropped).toBeGreaterThan(0);
    expect(dropped).toBeLessThan(200);
    receiver.close();
    sender.close();
    expect(kernelDrops({ host: '127.77.77.77', port: 9 })).toBe(0);
  });
});
