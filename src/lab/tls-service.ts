import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import type { LabSettings } from '../scenario/lab-settings.ts';
import type { FaultTable } from './fault-table.ts';
import { GatedListener } from './gated-listener.ts';
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

/** A handshake in which nothing happens for so long is given up. A limit of ours. */
const HANDSHAKE_LIMIT_MS = 60_000;
/** How exact the beginning and end of a `refuse` fault are. */
const SWEEP_MS = 100;

/**
 * A TCP port that speaks TLS to anybody, as CAPF and TVS do: phones show no certificate there. From TLS 1.0 on and with
 * whatever OpenSSL still has, since 79xx speak nothing newer (usecallmanager.nz, "Device security": SECLEVEL=0).
 */
export class TlsService {
  /** connections = reset + handshakesFailed + those that were handed on + those in their handshake now. */
  readonly counts = { connections: 0, reset: 0, handshakesFailed: 0 };
  readonly #faults: FaultTable;
  readonly #accept: (connection: SecuredConnection, address: string) => void;
  readonly #listener: GatedListener;
  readonly #sweep: NodeJS.Timeout;
  readonly #context: SecureContext;
  readonly #sockets = new Set<Socket>();

  /**
   * @param faults of which `refuse` is looked at here
   * @param accept takes a connection; what becomes of it is the taker's
   */
  constructor(
    what: string,
    settings: LabSettings,
    { certificate, privateKey }: ServerIdentity,
    faults: FaultTable,
    accept: (connection: SecuredConnection, address: string) => void,
  ) {
    this.#faults = faults;
    this.#accept = accept;
    this.#context = createSecureContext({
      cert: certificate,
      key: privateKey,
      minVersion: 'TLSv1',
      ciphers: 'DEFAULT:@SECLEVEL=0',
    });
    this.#listener = new GatedListener(what, settings, (socket) => this.#onConnection(socket));
    this.#sweep = setInterval(() => this.#listener.keep(!faults.hitsAll('refuse')), SWEEP_MS).unref();
  }

  async start(port: number): Promise<void> {
    await this.#listener.open(port);
  }

  get endpoint(): HostPort {
    return this.#listener.endpoint;
  }

  close(): void {
    clearInterval(this.#sweep);
    this.#listener.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #onConnection(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    this.counts.connections++;
    this.#sockets.add(socket);
    // A phone that vanishes resets its connection: 'close' follows, and that is enough.
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    if (this.#faults.pick(address, ['refuse'])) {
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
      this.#accept({ stream, abort: () => socket.resetAndDestroy() }, address);
    });
  }
}
