import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { CloseCause } from '../protocols/effects.ts';
import { closeCauseOf } from './close-cause.ts';
import { type EndpointHost, objectionTo } from './endpoint-host.ts';

/** A file transfer has one block under way at a time; the kernel doubles this for its own bookkeeping. */
const RECEIVE_BUFFER_BYTES = 32 * 1024;

/**
 * A local UDP port of one phone; phones here speak IPv4. `dgram` binds and sends at once because addresses need no look-up, so a datagram
 * that is sent before `close` has left.
 */
export class UdpEndpoint<Owner, Endpoint extends string> {
  readonly #host: EndpointHost<Owner, Endpoint>;
  readonly #owner: Owner;
  readonly #endpoint: Endpoint;
  readonly #socket: Socket;
  /** No socket any more: it was closed, or could not be bound. */
  #closed = false;
  /** The phone has closed it: nothing is delivered any more. */
  #unwanted = false;
  /** A failure is on its way to the machine; more of them in the meantime are the same news. */
  #failing = false;

  constructor(
    host: EndpointHost<Owner, Endpoint>,
    owner: Owner,
    endpoint: Endpoint,
    localAddress: string | undefined,
  ) {
    this.#host = host;
    this.#owner = owner;
    this.#endpoint = endpoint;
    host.counters.openUdp++;
    this.#socket = createSocket({
      type: 'udp4',
      lookup: lookUpNothing,
      recvBufferSize: RECEIVE_BUFFER_BYTES,
    });
    this.#socket.on('error', this.#onBindError);
    this.#socket.on('message', (bytes, from) => this.#receive(bytes, from));
    this.#socket.bind({ port: 0, exclusive: true, ...(localAddress ? { address: localAddress } : {}) });
  }

  sendTo(address: string, port: number, bytes: Uint8Array): void {
    if (this.#closed) return;
    const objection = objectionTo(address, port, this.#host);
    if (objection !== null) return this.#fail(objection);
    this.#host.counters.datagramsSent++;
    this.#socket.send(bytes, port, address, this.#onSent);
    if (this.#host.tap) this.#tapPacket('sent', address, port, bytes);
  }

  close(): void {
    this.#unwanted = true;
    this.#giveBack();
  }

  /** Without a callback `dgram` swallows what `sendto` refuses: no route, too long, not allowed. */
  readonly #onSent = (error: Error | null): void => {
    if (error && !this.#closed) this.#fail(closeCauseOf(error));
  };

  /** Node reports this from within `bind`: an unbound socket would bind itself to any address when it sends. */
  readonly #onBindError = (error: Error): void => {
    if (this.#closed) return;
    this.#fail(closeCauseOf(error));
    this.#giveBack();
  };

  #giveBack(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#host.counters.openUdp--;
    this.#socket.close();
  }

  /** The machine hears of it after its step. */
  #fail(cause: CloseCause): void {
    if (this.#failing) return;
    this.#failing = true;
    setImmediate(() => {
      this.#failing = false;
      if (this.#unwanted) return;
      const now = this.#host.clock.now();
      this.#host.deliver(this.#owner, this.#endpoint, { type: 'unsendable', cause, now });
    });
  }

  #receive(bytes: Uint8Array, from: RemoteInfo): void {
    if (this.#closed) return;
    const { address, port } = from;
    this.#host.counters.datagramsReceived++;
    if (this.#host.tap) this.#tapPacket('received', address, port, bytes);
    const now = this.#host.clock.now();
    this.#host.deliver(this.#owner, this.#endpoint, { type: 'datagram', address, port, bytes, now });
  }

  #tapPacket(direction: 'sent' | 'received', address: string, port: number, bytes: Uint8Array): void {
    const local = this.#socket.address();
    this.#host.tap?.datagram(this.#owner, this.#endpoint, {
      direction,
      localAddress: local.address,
      localPort: local.port,
      remoteAddress: address,
      remotePort: port,
      bytes,
      now: this.#host.clock.now(),
    });
  }
}

type LookupCallback = (error: null, address: string, family: number) => void;

/** Only addresses come here: answering at once saves a turn of the event loop for every datagram. */
export function lookUpNothing(address: string, _options: unknown, callback: LookupCallback): void {
  callback(null, address, address.includes(':') ? 6 : 4);
}
