import { createSocket } from 'node:dgram';

let taken = 0;

/**
 * An address in 127.0.0.0/8 that no other test process uses, for servers whose port is fixed. The process id is in
 * it, because tests run in several processes at once.
 */
export function ownLoopbackAddress(): string {
  taken += 1;
  if (taken > 100) throw new Error('a test process has 100 addresses of its own');
  return `127.${100 + taken}.${(process.pid >> 8) & 0xff}.${process.pid & 0xff}`;
}

/** A UDP port that was free a moment ago. */
export function freeUdpPort(address = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.bind(0, address, () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}
