import { connect, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { MachineEvent } from '../protocols/effects.ts';
import type { TlsDemand, TlsVersion } from '../protocols/tls.ts';
import { type EndpointHost, objectionTo } from './endpoint-host.ts';
import { type StreamEnd, streamEndOf } from './stream-end.ts';
import type { TlsClient } from './tls-client.ts';

/** One read buffer serves all connections of a worker: what is read is used up before the next read. */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);
const NOTHING = new Uint8Array(0);

/** How a stream is to be secured, and who does it. */
export interface StreamSecurity<Owner extends object> {
  readonly client: TlsClient<Owner>;
  readonly demand: TlsDemand;
}

/**
 * A TCP connection of one phone, over IPv4, with TLS on it or without. What is sent within one step leaves in one
 * write. With TLS it leaves after `secured` was delivered; a close before or within that lets go of what was sent
 * before it.
 */
export class TcpEndpoint<Owner extends object, Endpoint extends string> {
  readonly #host: EndpointHost<Owner, Endpoint>;
  readonly #owner: Owner;
  readonly #endpoint: Endpoint;
  readonly #remoteAddress: string;
  readonly #remotePort: number;
  readonly #security: StreamSecurity<Owner> | null;
  #socket: Socket | null = null;
  /** What data goes through: the socket itself, or TLS on it. Null until it may be written to. */
  #stream: Socket | null = null;
  #local = { address: '0.0.0.0', port: 0 };
  #peerCertificate: Uint8Array | null = null;
  #pending: Uint8Array[] = [];
  /** Sent before the phone knew who the server is. */
  #early: Uint8Array[] = [];
  /** The phone has sent something: it trusts the server. */
  #hasSpoken = false;
  /** A session that the server gave before. */
  #earlySession: Buffer | null = null;
  #closed = false;

  constructor(
    host: EndpointHost<Owner, Endpoint>,
    owner: Owner,
    endpoint: Endpoint,
    localAddress: string | undefined,
    address: string,
    port: number,
    security: StreamSecurity<Owner> | null,
  ) {
    this.#host = host;
    this.#owner = owner;
    this.#endpoint = endpoint;
    this.#remoteAddress = address;
    this.#remotePort = port;
    this.#security = security;
    host.counters.openTcp++;
    const objection = objectionTo(address, port, host);
    if (objection === null) this.#connect(localAddress);
    else setImmediate(() => this.#end({ cause: objection }));
  }

  /** Returns whether this is the first piece since the last `flush`. */
  send(bytes: Uint8Array): boolean {
    return this.#pending.push(bytes) === 1;
  }

  flush(): void {
    const pending = this.#early.length === 0 ? this.#pending : [...this.#early, ...this.#pending];
    if (this.#closed || !this.#stream || pending.length === 0) return;
    const [first] = pending;
    const bytes = pending.length === 1 && first ? first : Buffer.concat(pending);
    this.#pending = [];
    this.#early = [];
    this.#stream.write(bytes);
    if (this.#host.tap) this.#tap('data', 'sent', bytes);
    this.#hasSpoken = true;
    if (this.#earlySession) this.#keepSession(this.#earlySession);
    this.#earlySession = null;
  }

  /** In order: what was sent still leaves, then close_notify where there is TLS, then FIN. */
  close(): void {
    if (this.#closed) return;
    this.#early = [];
    this.flush();
    this.#release();
    if (this.#host.tap && this.#local.port !== 0) this.#tap('close', 'sent', NOTHING);
    if (this.#socket?.connecting || !this.#stream) this.#socket?.destroy();
    else this.#stream.destroySoon();
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
    const plain = this.#security === null;
    const socket = connect({
      host: this.#remoteAddress,
      port: this.#remotePort,
      noDelay: true,
      autoSelectFamily: false,
      ...(plain ? { onread: this.#reader() } : {}),
      ...(localAddress ? { localAddress } : {}),
    });
    this.#socket = socket;
    if (plain) this.#stream = socket;
    socket.on('connect', () => {
      this.#connected(socket);
      this.#secure(socket);
    });
    this.#awaitEnd(socket);
  }

  #reader(): { buffer: Uint8Array; callback: (length: number, buffer: Uint8Array) => boolean } {
    return {
      buffer: READ_BUFFER,
      callback: (length, buffer) => {
        this.#receive(buffer.subarray(0, length));
        return true;
      },
    };
  }

  #awaitEnd(stream: Socket): void {
    stream.on('end', () => this.#end({ cause: 'fin' }));
    stream.on('error', (error) => this.#end(streamEndOf(error)));
    stream.on('close', () => this.#end({ cause: 'reset' }));
  }

  #connected(socket: Socket): void {
    if (this.#closed) return;
    const { localAddress = '0.0.0.0', localPort = 0 } = socket;
    this.#local = { address: localAddress, port: localPort };
    if (this.#host.tap) this.#tap('open', 'sent', NOTHING);
    const now = this.#host.clock.now();
    this.#deliver({ type: 'connected', localAddress, localPort, now });
  }

  #secure(socket: Socket): void {
    if (this.#closed || !this.#security) return;
    const { client, demand } = this.#security;
    let tls: TLSSocket;
    try {
      const handshake = client.secure(socket, this.#owner, demand, this.#remote);
      tls = handshake.socket;
      this.#peerCertificate = handshake.peerCertificate;
    } catch (error) {
      return this.#end(streamEndOf(error as Error));
    }
    this.#awaitEnd(tls);
    tls.on('secureConnect', () => this.#secured(tls));
    tls.on('data', (bytes: Uint8Array) => this.#receive(bytes));
    if (demand.resume) tls.on('session', (bytes) => this.#keepSession(bytes));
  }

  #secured(tls: TLSSocket): void {
    if (this.#closed || !this.#security) return;
    const { client } = this.#security;
    this.#stream = tls;
    this.#early = this.#pending;
    this.#pending = [];
    const resumed = tls.isSessionReused();
    client.completed(resumed);
    if (!resumed) {
      const certificate = tls.getPeerX509Certificate()?.raw;
      this.#peerCertificate = certificate ? client.shared(this.#remote, certificate) : null;
    }
    this.#deliver({
      type: 'secured',
      version: tls.getProtocol() as TlsVersion,
      suite: tls.getCipher().standardName,
      resumed,
      peerCertificate: this.#peerCertificate,
      now: this.#host.clock.now(),
    });
    this.flush();
  }

  /** The session of a server that the phone turns away would make it turn away every later one at this address. */
  #keepSession(bytes: Buffer): void {
    if (this.#closed || !this.#security) return;
    if (!this.#hasSpoken) {
      this.#earlySession = bytes;
      return;
    }
    const session = { bytes, peerCertificate: this.#peerCertificate };
    this.#security.client.keep(this.#owner, this.#security.demand, this.#remote, session);
  }

  get #remote(): string {
    return `${this.#remoteAddress}:${this.#remotePort}`;
  }

  #receive(bytes: Uint8Array): void {
    if (this.#closed) return;
    if (this.#host.tap) this.#tap('data', 'received', bytes);
    this.#deliver({ type: 'data', bytes, now: this.#host.clock.now() });
  }

  /** The connection ended without our asking. */
  #end(end: StreamEnd): void {
    if (this.#closed) return;
    this.#release();
    this.#socket?.destroy();
    if (this.#host.tap && this.#local.port !== 0) this.#tap('close', 'received', NOTHING);
    if (!this.#stream && this.#local.port !== 0) this.#security?.client.failed(this.#owner, this.#remote);
    this.#deliver({ type: 'closed', ...end, now: this.#host.clock.now() });
  }

  #deliver(event: MachineEvent): void {
    this.#host.deliver(this.#owner, this.#endpoint, event);
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
