/** HTTP servers of a run: they listen or say why not, and end whoever is still connected. */
import type { Server } from 'node:http';
import { BootstormError } from '../errors.ts';

export interface ListenPlace {
  /** Address of this machine. */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

/** How errors name it: "the metrics port", and the flag that sets it. */
export interface ListenName {
  readonly what: string;
  readonly flag: string;
}

/** Throws BootstormError `address-in-use` or `address-not-local`. */
export function listenHttp(server: Server, { host, port }: ListenPlace, name: ListenName): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, { host, port }, name)));
    server.listen(port, host, resolve);
  });
}

function listenError(error: NodeJS.ErrnoException, { host, port }: ListenPlace, name: ListenName): Error {
  if (error.code === 'EADDRINUSE') {
    return new BootstormError('address-in-use', `the ${name.what} ${host}:${port} is taken`, {
      hint: `name another one with ${name.flag}, or stop the run that has it`,
      cause: error,
      retryable: true,
    });
  }
  if (error.code === 'EADDRNOTAVAIL') {
    return new BootstormError('address-not-local', `${host} is not an address of this machine`, {
      hint: `give the ${name.what} a local address, such as 127.0.0.1`,
      cause: error,
    });
  }
  if (error.code === 'EACCES') {
    return new BootstormError('address-not-local', `the ${name.what} ${host}:${port} needs root`, {
      hint: `name one above 1023 with ${name.flag}`,
      cause: error,
    });
  }
  return error;
}

/** Ends open connections, too: a client keeps its connection for the next request. */
export function closeHttp(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeAllConnections();
  });
}
