import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import type { LabSettings } from '../scenario/lab-settings.ts';
import { listenTcp } from './bind.ts';
import type { HostPort } from './lab-contract.ts';

/** What a server proves itself with; PEM. */
export interface ServerIdentity {
  readonly certificate: string;
  readonly privateKey: string;
}

/** A connection whose handshake is complete. */
export interface SecuredConnection {
  readonly stream: TLSSocket;
  /** RST. */
  readonly abort: () => void;
}

/** What a service does with the connections of its port. */
export interface Doorkeeper {
  /** Whether a connection is let in, when it has just opened; else it is reset. */
  welcome(address: string): boolean;
  /** What becomes of the connection is the taker's. */
  accept(connection: SecuredConnection, address: string): void;
}

/** A handshake in which nothing happens for so long is given up. A limit of ours. */
const HANDSHAKE_LIMIT_MS = 60_000;

/**
 * A TCP port that speaks TLS to anybody, as CAPF and TVS do: phones show no certificate there. From TLS 1.0 on and with
 * whatever OpenSSL still has, since 79xx speak nothing newer (usecallmanager.nz, "Device security": SECLEVEL=0).
 */
export class TlsService {
  endpoint: HostPort = { host: '', port: 0 };
  /** connections = reset + handshakesFailed + those that were accepted + those in their handshake now. */
  readonly counts = { connections: 0, reset: 0, handshakesFailed: 0 };
  readonly #what: string;
  readonly #door: Doorkeeper;
  readonly #server: Server;
  readonly #context: SecureContext;
  readonly #sockets = new Set<Socket>();

  constructor(what: string, { certificate, privateKey }: ServerIdentity, door: Doorkeeper) {
    this.#what = what;
    this.#door = door;
    this.#context = createSecureContext({
      cert: certificate,
      key: privateKey,
      minVersion: 'TLSv1',
      ciphers: 'DEFAULT:@SECLEVEL=0',
    });
    this.#server = createServer({ noDelay: true }, (socket) => this.#onConnection(socket));
    // Out of descriptors: the connection waits in the backlog, or is lost with it.
    this.#server.on('error', () => {});
  }

  async start({ address, limits }: LabSettings, port: number): Promise<void> {
    this.endpoint = await listenTcp(this.#server, address, port, limits.backlog, this.#what);
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #onConnection(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    this.counts.connections++;
    this.#sockets.add(socket);
    // A phone that vanishes resets its connection: 'close' follows, and that is enough.
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    if (!this.#door.welcome(address)) {
      this.counts.reset++;
      socket.resetAndDestroy();
      return;
    }
    let isSecured = false;
    const stream = new TLSSocket(socket, { isServer: true, secureContext: this.#context });
    stream.setTimeout(HANDSHAKE_LIMIT_MS, () => stream.destroy());
    stream.on('error', () => {});
    stream.once('close', () => {
      if (!isSecured) this.counts.handshakesFailed++;
    });
    stream.once('secure', () => {
      isSecured = true;
      stream.setTimeout(0);
      stream.removeAllListeners('timeout');
      this.#door.accept({ stream, abort: () => socket.resetAndDestroy() }, address);
    });
  }
}
