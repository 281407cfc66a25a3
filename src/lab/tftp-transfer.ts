import type { EndpointHost } from '../drivers/endpoint-host.ts';
import type { QueuedTimer, TimerQueue } from '../drivers/timer-queue.ts';
import { UdpEndpoint } from '../drivers/udp-endpoint.ts';
import type { MachineEvent } from '../protocols/effects.ts';
import {
  createServerTransfer,
  type ServerTransfer,
  type ServerTransferConfig,
  type ServerTransferEffects,
  type ServerTransferNotice,
  type ServerTransferResult,
  stepServerTransfer,
} from '../protocols/tftp/server-transfer.ts';
import type { LabFault } from '../scenario/lab-faults.ts';
import { after, sendFaulty } from './fault-table.ts';

/** What all transfers of a server share. */
export interface TransferHost {
  readonly sockets: EndpointHost<TftpTransfer, 'tftp'>;
  readonly timers: TimerQueue<TftpTransfer>;
  /** Local address of the transfers' ports. */
  readonly address: string;
  /** From an acknowledgement to the next block, ms. */
  readonly blockMs: number;
  /** What happens to the next packet of this file. */
  packetFault(fileName: string): LabFault | null;
  /** Sends from a port that belongs to no transfer. */
  sendAsStranger(bytes: Uint8Array, port: number, address: string): void;
  retransmitted(): void;
  ended(transfer: TftpTransfer, result: ServerTransferResult): void;
}

/**
 * One file on its way, from a port of its own: its transfer identifier (RFC 1350 section 4). The port is a fresh one,
 * as with servers that fork for each request: some 25 us of the 390 that a file of 8.5 KB costs, and a late packet of
 * an earlier transfer cannot meet this one.
 */
export class TftpTransfer implements ServerTransferEffects {
  readonly #machine: ServerTransfer;
  readonly #host: TransferHost;
  readonly #timer: QueuedTimer<TftpTransfer>;
  #port: UdpEndpoint<TftpTransfer, 'tftp'> | null = null;

  constructor(host: TransferHost, config: ServerTransferConfig) {
    this.#host = host;
    this.#machine = createServerTransfer(config);
    this.#timer = host.timers.create(this);
  }

  start(now: number): void {
    stepServerTransfer(this.#machine, { type: 'start', now }, this);
  }

  /** From the transfer's port; it has no other events than these two. */
  deliver(event: MachineEvent): void {
    if (event.type === 'datagram' || event.type === 'unsendable')
      stepServerTransfer(this.#machine, event, this);
  }

  onTimer(now: number): void {
    stepServerTransfer(this.#machine, { type: 'timer', timer: 'answer', now }, this);
  }

  bind(): void {
    this.#port = new UdpEndpoint(this.#host.sockets, this, 'tftp', this.#host.address);
  }

  sendTo(address: string, port: number, bytes: Uint8Array): void {
    const fault = this.#host.packetFault(this.#machine.config.request.fileName);
    after(this.#host.blockMs, () => {
      sendFaulty(fault, bytes, (packet) => this.#port?.sendTo(address, port, packet));
      if (fault?.kind === 'wrong-tid') this.#host.sendAsStranger(bytes, port, address);
    });
  }

  connect(): void {}

  send(): void {}

  close(): void {
    this.#port?.close();
  }

  setTimer(_: 'answer', delayMs: number): void {
    this.#host.timers.set(this.#timer, delayMs);
  }

  clearTimer(): void {
    this.#host.timers.clear(this.#timer);
  }

  notice(notice: ServerTransferNotice): void {
    if (notice.type === 'retransmitted') this.#host.retransmitted();
  }

  done(result: ServerTransferResult): void {
    this.#host.ended(this, result);
  }
}
