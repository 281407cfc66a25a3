import { createServer, type AddressInfo, type Server } from 'node:net';

/** A TCP port of loopback that nobody has at this moment. */
export async function freePort(): Promise<number> {
  const { port, close } = await takenPort();
  await close();
  return port;
}

/** A TCP port of loopback, this one or any, that is taken until it is closed. */
export async function takenPort(wanted = 0): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => {
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
