import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { kernelDrops } from '../drivers/kernel-drops.ts';
import { lookUpNothing } from '../drivers/udp-endpoint.ts';
import { bindUdp } from './bind.ts';
import type { HostPort } from './lab-contract.ts';

/** A storm's first second arrives at once: the kernel's default of 208 KiB holds some 200 datagrams. */
const RECEIVE_BUFFER_BYTES = 8 * 1024 * 1024;

/** The UDP port of a service of the lab. */
export class DatagramPort {
  /** Where it is, once it is bound. */
  endpoint: HostPort = { host: '', port: 0 };
  readonly #socket: Socket;
  #open = false;

  constructor(receive: (bytes: Uint8Array, from: RemoteInfo) => void) {
    this.#socket = createSocket({
      type: 'udp4',
      lookup: lookUpNothing,
      recvBufferSize: RECEIVE_BUFFER_BYTES,
    });
    this.#socket.on('message', receive);
  }

  /** Rejects with `address-in-use` or `address-not-local`. */
  async bind(address: string, port: number, what: string): Promise<void> {
    this.endpoint = await bindUdp(this.#socket, address, port, what);
    this.#open = true;
  }

  /** An answer that was held back until the service ended is lost. */
  send(bytes: Uint8Array, port: number, address: string): void {
    if (this.#open) this.#socket.send(bytes, port, address);
  }

  get kernelDrops(): number {
    return kernelDrops(this.endpoint);
  }

  close(): void {
    this.#open = false;
    this.#socket.close();
  }
}
