import { createServer, type AddressInfo, type Server } from 'node:net';

/** Below the ports that Linux gives to whoever asks for any: a port of these is taken only by who wants it. */
const LOWEST = 10_000;
/** Of each process that runs tests. */
const PORTS = 2500;
const MOST_PROCESSES = 8;
/** A lab has its CallManagers at ports in a row. */
const STEP = 10;

const first = LOWEST + (Number(process.env['VITEST_POOL_ID'] ?? 0) % MOST_PROCESSES) * PORTS;
let next = (process.pid * STEP) % PORTS;

/** A TCP port of loopback that nobody has at this moment, nor those behind it; no other process of the tests gets it. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < PORTS / STEP; tries++) {
    const port = first + next;
    next = (next + STEP) % PORTS;
    const taken = await takenPort(port).catch(() => null);
    if (taken === null) continue;
    await taken.close();
    return port;
  }
  throw new Error(`every port from ${first} on is taken`);
}

/** A TCP port of loopback, this one or any, that is taken until it is closed. */
export async function takenPort(wanted = 0): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server: Server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(wanted, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
      }),
  };
}
