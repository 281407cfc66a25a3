/**
 * The relay agent of a worker: one UDP socket on giaddr that all its phones share. Servers answer a relayed message
 * to giaddr (RFC 2131 section 4.1), so replies of all phones arrive here and are told apart by their transaction id,
 * the four bytes at offset 4 of every BOOTP message (RFC 951 section 3).
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { BootstormError } from '../errors.ts';
import { closeCauseOf } from './close-cause.ts';
import { type EndpointHost, objectionTo } from './endpoint-host.ts';
import { kernelDrops } from './kernel-drops.ts';
import { lookUpNothing } from './udp-endpoint.ts';

/** Answers to thousands of phones queue here while the event loop is busy. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;
const XID_OFFSET = 4;
const SHORTEST_BOOTP_BYTES = 236;

export class RelayEndpoint<Owner, Endpoint extends string> {
  readonly #address: string;
  readonly #port: number;
  readonly #endpoint: Endpoint;
  readonly #socket: Socket;
  readonly #ownerOf = new Map<number, Owner>();
  /** The newest transaction of each phone: an older one is of no interest any more. */
  readonly #transactionOf = new Map<Owner, number>();
  #host: EndpointHost<Owner, Endpoint> | null = null;
  /** Datagrams that arrived. */
  received = 0;

  /** @param port where replies arrive: 67 on a real network */
  constructor(address: string, port: number, endpoint: Endpoint) {
    this.#address = address;
    this.#port = port;
    this.#endpoint = endpoint;
    this.#socket = createSocket({
      type: 'udp4',
      reuseAddr: true,
      lookup: lookUpNothing,
      recvBufferSize: RECEIVE_BUFFER_BYTES,
    });
  }

  /** Binds giaddr. Rejects with `address-in-use`, or `address-not-local` when this machine does not have it. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.once('error', (error) => reject(bindError(error, this.#address, this.#port)));
      this.#socket.bind({ address: this.#address, port: this.#port, exclusive: true }, () => {
        this.#socket.removeAllListeners('error');
        this.#socket.on('error', () => {});
        resolve();
      });
    });
  }

  /** Datagrams that the kernel dropped here because the event loop did not take them out of the buffer in time. */
  get drops(): number {
    return kernelDrops({ host: this.#address, port: this.#port });
  }

  /** From now on replies are delivered. */
  attach(host: EndpointHost<Owner, Endpoint>): void {
    this.#host = host;
    this.#socket.on('message', (bytes, from) => this.#receive(host, bytes, from));
  }

  sendTo(owner: Owner, address: string, port: number, bytes: Uint8Array): void {
    const host = this.#host;
    if (host === null) return;
    const objection = objectionTo(address, port, host);
    if (objection !== null) {
      setImmediate(() =>
        host.deliver(owner, this.#endpoint, { type: 'unsendable', cause: objection, now: host.clock.now() }),
      );
      return;
    }
    this.#remember(owner, xidOf(bytes));
    host.counters.datagramsSent++;
    this.#socket.send(bytes, port, address, (error) => {
      if (error === null || !this.#transactionOf.has(owner)) return;
      const cause = closeCauseOf(error);
      host.deliver(owner, this.#endpoint, { type: 'unsendable', cause, now: host.clock.now() });
    });
    this.#tap(host, owner, 'sent', address, port, bytes);
  }

  release(owner: Owner): void {
    const xid = this.#transactionOf.get(owner);
    if (xid === undefined) return;
    this.#transactionOf.delete(owner);
    this.#ownerOf.delete(xid);
  }

  close(): void {
    this.#host = null;
    this.#socket.close();
  }

  #remember(owner: Owner, xid: number): void {
    const before = this.#transactionOf.get(owner);
    if (before === xid) return;
    if (before !== undefined) this.#ownerOf.delete(before);
    this.#transactionOf.set(owner, xid);
    this.#ownerOf.set(xid, owner);
  }

  #receive(host: EndpointHost<Owner, Endpoint>, bytes: Uint8Array, from: RemoteInfo): void {
    host.counters.datagramsReceived++;
    this.received++;
    const owner = bytes.length < SHORTEST_BOOTP_BYTES ? undefined : this.#ownerOf.get(xidOf(bytes));
    if (owner === undefined) {
      host.counters.strayDatagrams++;
      return;
    }
    const { address, port } = from;
    this.#tap(host, owner, 'received', address, port, bytes);
    host.deliver(owner, this.#endpoint, { type: 'datagram', address, port, bytes, now: host.clock.now() });
  }

  #tap(
    host: EndpointHost<Owner, Endpoint>,
    owner: Owner,
    direction: 'sent' | 'received',
    remoteAddress: string,
    remotePort: number,
    bytes: Uint8Array,
  ): void {
    host.tap?.datagram(owner, this.#endpoint, {
      direction,
      localAddress: this.#address,
      localPort: this.#port,
      remoteAddress,
      remotePort,
      bytes,
      now: host.clock.now(),
    });
  }
}

function xidOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(XID_OFFSET);
}

function bindError(error: Error, address: string, port: number): Error {
  const code = 'code' in error ? error.code : '';
  const what = `the DHCP relay endpoint ${address}:${port}`;
  if (code === 'EADDRINUSE') {
    return new BootstormError('address-in-use', `${what} is in use`, {
      cause: error,
      hint: 'end the other program, or choose another relay address or reply port',
    });
  }
  if (code === 'EADDRNOTAVAIL') {
    return new BootstormError('address-not-local', `${what} is not an address of this machine`, {
      cause: error,
      hint: 'a relay address must be one that this machine has: on loopback any in 127.0.0.0/8',
    });
  }
  if (code === 'EACCES') {
    return new BootstormError('address-in-use', `${what} needs the right to bind ports below 1024`, {
      cause: error,
      hint: 'run as root, give the capability CAP_NET_BIND_SERVICE, or choose a reply port above 1023',
    });
  }
  return error;
}
