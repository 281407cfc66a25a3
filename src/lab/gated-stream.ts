import { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { ClientHandshake } from './client-handshake.ts';
import { encodeAlert, TLS_RECORD_HEAD_BYTES } from './tls-alerts.ts';

/** What a gate does with a connection: `pass` it to TLS, send a fatal alert and close, close, or do nothing more. */
export type GateVerdict =
  | 'pass'
  | { readonly alert: number }
  | { readonly say: Uint8Array }
  | 'close'
  | 'abort'
  | 'ignore';

export interface Gatekeeper {
  /** The first bytes of a client have come; `decide` may be called later. */
  onHello(decide: (verdict: GateVerdict) => void): void;
  /** The client has shown a certificate, DER, or none. */
  onCertificate(certificate: Uint8Array | null): GateVerdict;
}

/** A client that has been told to go, and does not, is cut off. A limit of ours. */
const LINGER_MS = 5000;

/**
 * A TCP connection on its way to TLS, with somebody who looks at the client's handshake before TLS does. Node's TLS
 * server takes any client certificate and can only close a connection afterwards, when the client already believes that
 * it is welcome. Servers on OpenSSL, CUCM among them, answer the certificate itself with an alert: here the gatekeeper
 * sends it. What TLS has not been given is never seen by it; what is no handshake goes to TLS, which refuses it.
 */
export class GatedStream extends Duplex {
  /** The client has shown a certificate, and it was accepted. */
  admitted = false;
  readonly #socket: Socket;
  readonly #keeper: Gatekeeper;
  readonly #handshake = new ClientHandshake();
  #state: 'hello' | 'deciding' | 'open' | 'shut' = 'hello';
  /** What has come while the keeper decides. */
  #held: Buffer[] = [];
  /** Of the server's records. */
  #version = 0x0301;
  #answered = false;

  constructor(socket: Socket, keeper: Gatekeeper) {
    super();
    this.#socket = socket;
    this.#keeper = keeper;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('end', () => this.push(null));
    // A phone that vanishes resets its connection: 'close' follows, and that is enough.
    socket.on('error', () => {});
    socket.on('close', () => this.destroy());
    this.on('error', () => {});
  }

  /** RST. */
  abort(): void {
    this.#socket.resetAndDestroy();
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    if (this.#state === 'shut') return done();
    if (!this.#answered && chunk.length >= TLS_RECORD_HEAD_BYTES) {
      this.#answered = true;
      this.#version = chunk.readUInt16BE(1);
    }
    this.#socket.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.#socket.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (this.#state !== 'shut') this.#socket.destroy();
    done(error);
  }

  #receive(chunk: Buffer): void {
    switch (this.#state) {
      case 'hello':
        this.#state = 'deciding';
        this.#held.push(chunk);
        return this.#keeper.onHello((verdict) => this.#onDecision(verdict));
      case 'deciding':
        this.#held.push(chunk);
        return;
      case 'open':
        return this.#look(chunk);
      case 'shut':
        return;
      default:
        this.#state satisfies never;
    }
  }

  #onDecision(verdict: GateVerdict): void {
    if (this.#state !== 'deciding') return;
    this.#state = 'open';
    const held = Buffer.concat(this.#held);
    this.#held = [];
    if (verdict === 'pass') this.#look(held);
    else this.#shut(verdict);
  }

  #look(chunk: Buffer): void {
    for (const event of this.#handshake.push(chunk)) {
      if (event.type !== 'certificate') continue;
      const verdict = this.#keeper.onCertificate(event.certificate);
      if (verdict !== 'pass') return this.#shut(verdict);
      this.admitted = true;
    }
    if (!this.push(chunk)) this.#socket.pause();
  }

  #shut(verdict: Exclude<GateVerdict, 'pass'>): void {
    this.#state = 'shut';
    // TLS is told that the connection is over; of the connection itself it does not hear any more.
    this.destroy();
    if (verdict === 'ignore') {
      this.#socket.resume();
      return;
    }
    if (verdict === 'abort') this.abort();
    else if (verdict === 'close') this.#socket.end();
    else this.#socket.end('alert' in verdict ? encodeAlert(verdict.alert, this.#version) : verdict.say);
    // Unread bytes would turn the close into a reset, and the alert would be lost.
    this.#socket.resume();
    setTimeout(() => this.#socket.destroy(), LINGER_MS).unref();
  }
}
