import { createServer, type AddressInfo, type Server } from 'node:net';

/** Below the ports that Linux gives to whoever asks for any: a port of these is taken only by who wants it. */
const FIRST = 10_000;
const LAST = 32_000;
/** A lab has its CallManagers at ports in a row. */
const STEP = 10;

let next = FIRST + ((process.pid * 7 * STEP) % (LAST - FIRST));

/** A TCP port of loopback that nobody has at this moment, and that this process is given once; nor those behind it. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < (LAST - FIRST) / STEP; tries++) {
    const port = next;
    next = next + STEP < LAST ? next + STEP : FIRST;
    const taken = await takenPort(port).catch(() => null);
    if (taken === null) continue;
    await taken.close();
    return port;
  }
  throw new Error(`every port from ${FIRST} to ${LAST} is taken`);
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
