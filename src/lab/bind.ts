/** How the lab's services take their addresses: on loopback only, whatever the settings say. */
import type { Socket } from 'node:dgram';
import type { Server } from 'node:net';
import { TargetGuard } from '../drivers/target-guard.ts';
import { BootstormError } from '../errors.ts';
import type { HostPort } from './lab-contract.ts';

const LOOPBACK_GUARD = new TargetGuard();

/** Binds a service of the lab. Rejects with `address-in-use` or `address-not-local`. */
export async function bindUdp(
  socket: Socket,
  address: string,
  port: number,
  what: string,
): Promise<HostPort> {
  requireLoopback(address, what);
  return new Promise((resolve, reject) => {
    socket.once('error', (error) => reject(bindError(error, what, address, port)));
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeAllListeners('error');
      // An answer that cannot leave (its phone is gone) is lost, as on any network.
      socket.on('error', () => {});
      resolve({ host: address, port: socket.address().port });
    });
  });
}

/** Listens, for the first time or again after a `close`. Rejects as `bindUdp` does. */
export async function listenTcp(
  server: Server,
  address: string,
  port: number,
  backlog: number,
  what: string,
): Promise<HostPort> {
  requireLoopback(address, what);
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => reject(bindError(error, what, address, port));
    server.once('error', onError);
    server.listen({ host: address, port, backlog }, () => {
      server.off('error', onError);
      const bound = server.address();
      resolve({ host: address, port: typeof bound === 'object' && bound ? bound.port : port });
    });
  });
}

/** The lab answers nobody outside this machine. */
export function requireLoopback(address: string, what: string): void {
  if (LOOPBACK_GUARD.allows(address)) return;
  throw new BootstormError(
    'address-not-local',
    `the lab's ${what} cannot have ${address}: it is not on loopback`,
    {
      hint: 'lab.address must lie in 127.0.0.0/8: the lab answers nobody outside this machine',
    },
  );
}

function bindError(error: Error, what: string, address: string, port: number): Error {
  const code = 'code' in error ? error.code : '';
  if (code === 'EADDRINUSE') {
    return new BootstormError(
      'address-in-use',
      `the lab's ${what} cannot have ${address}:${port}: it is in use`,
      {
        cause: error,
        hint: 'end the other program, or set another port under lab.ports (0: any free one)',
      },
    );
  }
  if (code === 'EADDRNOTAVAIL' || code === 'EACCES') {
    return new BootstormError(
      'address-not-local',
      `the lab's ${what} cannot have ${address}:${port} (${code})`,
      {
        cause: error,
        hint: 'lab.address must be a loopback address of this machine; ports below 1024 need root',
      },
    );
  }
  return error;
}
