import { connect, type Socket } from 'node:net';
import type { CloseCause } from '../protocols/effects.ts';
import { closeCauseOf } from './close-cause.ts';
import { type EndpointHost, objectionTo } from './endpoint-host.ts';

/** One read buffer serves all connections of a worker: what is read is used up before the next read. */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);
const NOTHING = new Uint8Array(0);

/** A TCP connection of one phone, over IPv4. What is sent within one step leaves in one write. */
export class TcpEndpoint<Owner, Endpoint extends string> {
  readonly #host: EndpointHost<Owner, Endpoint>;
  readonly #owner: Owner;
  readonly #endpoint: Endpoint;
  readonly #remoteAddress: string;
  readonly #remotePort: number;
  #socket: Socket | null = null;
  #local = { address: '0.0.0.0', port: 0 };
  #pending: Uint8Array[] = [];
  #closed = false;

  constructor(
    host: EndpointHost<Owner, Endpoint>,
    owner: Owner,
    endpoint: Endpoint,
    localAddress: string | undefined,
    address: string,
    port: number,
  ) {
    this.#host = host;
    this.#owner = owner;
    this.#endpoint = endpoint;
    this.#remoteAddress = address;
    this.#remotePort = port;
    host.counters.openTcp++;
    const objection = objectionTo(address, port, host);
    if (objection === null) this.#connect(localAddress);
    else setImmediate(() => this.#end(objection));
  }

  /** Returns whether this is the first piece since the last `flush`. */
  send(bytes: Uint8Array): boolean {
    return this.#pending.push(bytes) === 1;
  }

  flush(): void {
    const pending = this.#pending;
    if (this.#closed || pending.length === 0) return;
    const [first] = pending;
    const bytes = pending.length === 1 && first ? first : Buffer.concat(pending);
    this.#pending = [];
    this.#socket?.write(bytes);
    if (this.#host.tap) this.#tap('data', 'sent', bytes);
  }

  /** In order: what was sent still leaves, then FIN. */
  close(): void {
    if (this.#closed) return;
    this.flush();
    this.#release();
    if (this.#host.tap && this.#local.port !== 0) this.#tap('close', 'sent', NOTHING);
    if (this.#socket?.connecting) this.#socket.destroy();
    else this.#socket?.destroySoon();
  }

  /** At once, with RST: what was to be sent is lost. */
  reset(): void {
    if (this.#closed) return;
    this.#pending = [];
    this.#release();
    if (this.#host.tap && this.#local.port !== 0) this.#tap('close', 'sent', NOTHING);
    // A connection that is still opening would be waited for.
    if (this.#socket?.connecting) this.#socket.destroy();
    else this.#socket?.resetAndDestroy();
  }

  #connect(localAddress: string | undefined): void {
    const socket = connect({
      host: this.#remoteAddress,
      port: this.#remotePort,
      noDelay: true,
      autoSelectFamily: false,
      onread: { buffer: READ_BUFFER, callback: (length, buffer) => this.#receive(length, buffer) },
      ...(localAddress ? { localAddress } : {}),
    });
    this.#socket = socket;
    socket.on('connect', () => this.#connected(socket));
    socket.on('end', () => this.#end('fin'));
    socket.on('error', (error) => this.#end(closeCauseOf(error)));
    socket.on('close', () => this.#end('reset'));
  }

  #connected(socket: Socket): void {
    if (this.#closed) return;
    const { localAddress = '0.0.0.0', localPort = 0 } = socket;
    this.#local = { address: localAddress, port: localPort };
    if (this.#host.tap) this.#tap('open', 'sent', NOTHING);
    const now = this.#host.clock.now();
    this.#host.deliver(this.#owner, this.#endpoint, { type: 'connected', localAddress, localPort, now });
  }

  #receive(length: number, buffer: Uint8Array): boolean {
    if (this.#closed) return true;
    const bytes = buffer.subarray(0, length);
    if (this.#host.tap) this.#tap('data', 'received', bytes);
    this.#host.deliver(this.#owner, this.#endpoint, { type: 'data', bytes, now: this.#host.clock.now() });
    return true;
  }

  /** The connection ended without our asking. */
  #end(cause: CloseCause): void {
    if (this.#closed) return;
    this.#release();
    this.#socket?.destroy();
    if (this.#host.tap && this.#local.port !== 0) this.#tap('close', 'received', NOTHING);
    this.#host.deliver(this.#owner, this.#endpoint, { type: 'closed', cause, now: this.#host.clock.now() });
  }

  #release(): void {
    this.#closed = true;
    this.#host.counters.openTcp--;
  }

  #tap(kind: 'open' | 'data' | 'close', direction: 'sent' | 'received', bytes: Uint8Array): void {
    this.#host.tap?.stream(this.#owner, this.#endpoint, kind, {
      direction,
      localAddress: this.#local.address,
      localPort: this.#local.port,
      remoteAddress: this.#remoteAddress,
      remotePort: this.#remotePort,
      bytes,
      now: this.#host.clock.now(),
    });
  }
}
