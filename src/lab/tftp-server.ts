/**
 * The lab's TFTP server (RFC 1350): requests come to one port, each transfer has a fresh port of its own (its TID), as
 * with real servers. Above the concurrency limit requests are dropped and the phones ask again, or wait, as with CUCM's
 * TFTP service above its Maximum Serving Count (service parameter, default 500).
 *
 *   request                                answer
 *   -------------------------------------  ---------------------------------------------------------------
 *   RRQ while a limit is reached           none, a place in the queue, or ERROR 0: `tftpOverload`
 *   RRQ of a file that is there            after the build time, the file
 *   RRQ of any other file                  ERROR 1 (as CUCM's traces show it: "sendNAK ... Error(1)")
 *   WRQ                                    ERROR 2: nothing is ever written here
 *   RRQ again, because our answer is late  a second transfer; the phone's ERROR 5 ends it (RFC 1350 section 4)
 */
import type { RemoteInfo } from 'node:dgram';
import { clockSince, monotonicMilliseconds } from '../drivers/clock.ts';
import { noSocketsYet } from '../drivers/endpoint-host.ts';
import { TargetGuard } from '../drivers/target-guard.ts';
import { TimerQueue } from '../drivers/timer-queue.ts';
import {
  decodePacket,
  encodeError,
  OPCODES,
  opcodeOf,
  type RequestPacket,
  TFTP_ERROR,
} from '../protocols/tftp/packet.ts';
import type { ServerTransferResult } from '../protocols/tftp/server-transfer.ts';
import type { FaultKind, LabFault } from '../scenario/lab-faults.ts';
import type { LabSettings } from '../scenario/lab-settings.ts';
import { DecodeError } from '../wire/decode-error.ts';
import { CONTENT_FAULTS, type FileSource } from './config-files.ts';
import { DatagramPort } from './datagram-port.ts';
import { after, DATAGRAM_FAULTS, FaultTable, sendFaulty } from './fault-table.ts';
import type { LabClock } from './lab-clock.ts';
import type { HostPort, LabService, ServiceStats } from './lab-contract.ts';
import { SIGNATURE_FAULTS } from './signed-files.ts';
import { TftpAdmission } from './tftp-admission.ts';
import { TftpTransfer, type TransferHost } from './tftp-transfer.ts';

/** Times that a block is sent. */
const BLOCK_ATTEMPTS = 6;
const REQUEST_FAULTS: readonly FaultKind[] = [
  ...CONTENT_FAULTS,
  ...SIGNATURE_FAULTS,
  'silence',
  'not-found',
  'access-denied',
];
const PACKET_FAULTS: readonly FaultKind[] = [...DATAGRAM_FAULTS, 'wrong-tid'];

interface Asked {
  readonly request: RequestPacket;
  readonly from: RemoteInfo;
}

export class TftpServer implements LabService {
  readonly name = 'tftp';
  readonly #settings: LabSettings;
  readonly #files: FileSource;
  readonly #faults: FaultTable;
  readonly #port = new DatagramPort((bytes, from) => this.#receive(bytes, from));
  /** Sends the blocks of `wrong-tid`, and hears nothing. */
  readonly #stranger = new DatagramPort(() => {});
  readonly #host: TransferHost;
  readonly #transfers = new Set<TftpTransfer>();
  /** Requests whose answer has begun or is being built are in service. */
  readonly #admission: TftpAdmission<Asked>;
  /**
   * received = malformed + ignored + requests, and requests = filesSent + failedTransfers + notFound + refused +
   * overLimit + unanswered + queuedNow + inServiceNow.
   */
  readonly #counts = {
    received: 0,
    malformed: 0,
    ignored: 0,
    requests: 0,
    filesSent: 0,
    bytesSent: 0,
    failedTransfers: 0,
    notFound: 0,
    refused: 0,
    overLimit: 0,
    unanswered: 0,
    retransmissions: 0,
  };

  constructor(settings: LabSettings, files: FileSource, clock: LabClock) {
    this.#settings = settings;
    this.#files = files;
    this.#faults = new FaultTable('tftp', settings.faults, clock);
    this.#host = this.#createHost();
    this.#admission = new TftpAdmission({
      limits: settings.limits,
      now: clock.now,
      schedule: after,
      serve: (asked) => this.#onAdmitted(asked),
    });
  }

  async start(port: number): Promise<void> {
    await this.#port.bind(this.#settings.address, port, 'TFTP server');
    await this.#stranger.bind(this.#settings.address, 0, 'TFTP server');
  }

  get endpoint(): HostPort {
    return this.#port.endpoint;
  }

  stats(): ServiceStats {
    const faults = this.#faults.met;
    const { inServiceNow, queuedNow } = this.#admission;
    return { ...this.#counts, inServiceNow, queuedNow, faults, kernelDrops: this.#port.kernelDrops };
  }

  setFaults(faults: readonly LabFault[]): void {
    this.#faults.set(faults);
  }

  close(): void {
    this.#port.close();
    this.#stranger.close();
    this.#host.timers.close();
    for (const transfer of this.#transfers) transfer.close();
  }

  #createHost(): TransferHost {
    const clock = clockSince(monotonicMilliseconds());
    return {
      sockets: {
        clock,
        guard: new TargetGuard(),
        tap: null,
        counters: noSocketsYet(),
        deliver: (transfer, _, event) => transfer.deliver(event),
      },
      timers: new TimerQueue({ clock, fire: (transfer, at) => transfer.onTimer(at) }),
      address: this.#settings.address,
      blockMs: this.#settings.serviceTimes.tftpBlockMs,
      packetFault: (fileName) => this.#faults.pick(fileName, PACKET_FAULTS),
      sendAsStranger: (bytes, port, address) => this.#stranger.send(bytes, port, address),
      retransmitted: () => {
        this.#counts.retransmissions++;
      },
      ended: (transfer, result) => this.#onEnd(transfer, result),
    };
  }

  #receive(bytes: Uint8Array, from: RemoteInfo): void {
    this.#counts.received++;
    const request = this.#decode(bytes);
    if (request === null) return;
    this.#counts.requests++;
    if (request.type === 'WRQ') return this.#refuse(request, from);
    if (this.#admission.offer({ request, from }) !== 'overLimit') return;
    this.#counts.overLimit++;
    if (this.#settings.limits.tftpOverload !== 'error') return;
    this.#sendError(request, from, TFTP_ERROR.notDefined, 'Server busy');
  }

  #onAdmitted({ request, from }: Asked): void {
    const content = this.#contentFor(request, from);
    if (content === null) this.#admission.release();
    else after(this.#settings.serviceTimes.tftpMs, () => this.#serve(request, from, content));
  }

  /** What is asked for; null: there is none, and the phone has been told what it is to hear. */
  #contentFor(request: RequestPacket, from: RemoteInfo): Uint8Array | null {
    const fault = this.#faults.pick(request.fileName, REQUEST_FAULTS);
    if (fault?.kind === 'silence') this.#counts.unanswered++;
    else if (fault?.kind === 'access-denied') this.#refuse(request, from);
    if (fault?.kind === 'silence' || fault?.kind === 'access-denied') return null;
    const content = fault?.kind === 'not-found' ? null : this.#files.read(request.fileName, fault);
    if (content === null) {
      this.#counts.notFound++;
      this.#sendError(request, from, TFTP_ERROR.fileNotFound, 'File not found');
    }
    return content;
  }

  #serve(request: RequestPacket, { address, port }: RemoteInfo, content: Uint8Array): void {
    const settings = { timeoutMs: this.#settings.tftpRepeatSeconds * 1000, blockAttempts: BLOCK_ATTEMPTS };
    const config = { content, request, host: address, port, settings };
    const transfer = new TftpTransfer(this.#host, config);
    this.#transfers.add(transfer);
    transfer.start(this.#host.sockets.clock.now());
  }

  #onEnd(transfer: TftpTransfer, result: ServerTransferResult): void {
    this.#transfers.delete(transfer);
    if (result.outcome === 'sent') {
      this.#counts.filesSent++;
      this.#counts.bytesSent += result.bytes;
    } else {
      this.#counts.failedTransfers++;
    }
    this.#admission.release();
  }

  #refuse(request: RequestPacket, to: RemoteInfo): void {
    this.#counts.refused++;
    this.#sendError(request, to, TFTP_ERROR.accessViolation, 'Access violation');
  }

  /** An ERROR comes from the request's port: there is no transfer that would have one of its own. */
  #sendError(request: RequestPacket, to: RemoteInfo, code: number, text: string): void {
    const fault = this.#faults.pick(request.fileName, DATAGRAM_FAULTS);
    sendFaulty(fault, encodeError(code, text), (bytes) => this.#port.send(bytes, to.port, to.address));
  }

  #decode(bytes: Uint8Array): RequestPacket | null {
    const opcode = opcodeOf(bytes);
    if (opcode === OPCODES.DATA || opcode === OPCODES.ACK || opcode === OPCODES.ERROR) {
      this.#counts.ignored++;
      return null;
    }
    try {
      const packet = decodePacket(bytes);
      if (packet.type === 'RRQ' || packet.type === 'WRQ') return packet;
      this.#counts.ignored++;
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#counts.malformed++;
    }
    return null;
  }
}
