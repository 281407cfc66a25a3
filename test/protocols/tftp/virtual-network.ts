import type { Effects, MachineEvent } from '../../../src/protocols/effects.ts';
import type { FileSinkConfig } from '../../../src/protocols/file-sink.ts';
import { blockOf, decodePacket, OPCODES, opcodeOf } from '../../../src/protocols/tftp/packet.ts';
import {
  createReadTransfer,
  type ReadTransfer,
  stepReadTransfer,
  type TftpNotice,
  type TftpResult,
  type TftpTimer,
  type TransferSettings,
} from '../../../src/protocols/tftp/read-transfer.ts';
import {
  createServerTransfer,
  type ServerTransferNotice,
  type ServerTransferResult,
  stepServerTransfer,
} from '../../../src/protocols/tftp/server-transfer.ts';

/** What happens to one datagram: when each copy of it arrives, in milliseconds. No copies: it is lost. */
export type Fate = () => readonly number[];

export interface Scenario {
  readonly content: Uint8Array;
  readonly sink: FileSinkConfig;
  readonly settings: TransferSettings;
  readonly fate: Fate;
}

export interface Outcome {
  readonly result: TftpResult;
  readonly serverResults: readonly ServerTransferResult[];
  /** Virtual time when the reader ended. */
  readonly endedAt: number;
  readonly requestsSent: number;
  /** Times that each packet of the reader left: the largest figure of any block. */
  readonly mostAcksOfOneBlock: number;
  readonly acksSent: number;
  readonly dataSent: number;
}

const READER = { address: '127.0.0.9', port: 40_000 } as const;
const SERVER = { address: '127.0.0.2', port: 69 } as const;
const MAX_STEPS = 2_000_000;

interface Host {
  /** Null once the port is closed. */
  deliver: ((event: MachineEvent<TftpTimer>) => void) | null;
  timerAt: number | null;
}

/**
 * A reader, a server and a network with a will of its own, on a virtual clock. Each RRQ that reaches the server's
 * port begins a transfer from a port of its own, as real servers have it: repeated requests give rival transfers.
 */
export class VirtualNetwork {
  readonly #scenario: Scenario;
  readonly #hosts = new Map<number, Host>();
  readonly #flying: { at: number; to: number; from: { address: string; port: number }; bytes: Uint8Array }[] =
    [];
  readonly #serverResults: ServerTransferResult[] = [];
  #now = 0;
  #result: TftpResult | null = null;
  #endedAt = 0;
  #requestsSent = 0;
  #acksSent = 0;
  #dataSent = 0;
  #mostAcks = 0;
  #lastAcked = 0;
  #acksOfLast = 0;
  #nextServerPort = 50_000;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
  }

  /** Until nothing is under way any more. Throws when that does not come. */
  run(): Outcome {
    const reader = this.#addReader();
    for (let steps = 0; this.#advance(); steps++) {
      if (steps > MAX_STEPS) throw new Error('the transfer does not end');
    }
    if (this.#result === null || reader.state !== 'ended')
      throw new Error('nothing moves and nothing has ended');
    return {
      result: this.#result,
      serverResults: this.#serverResults,
      endedAt: this.#endedAt,
      requestsSent: this.#requestsSent,
      mostAcksOfOneBlock: this.#mostAcks,
      acksSent: this.#acksSent,
      dataSent: this.#dataSent,
    };
  }

  #addReader(): ReadTransfer {
    const { sink, settings } = this.#scenario;
    const machine = createReadTransfer({
      host: SERVER.address,
      port: SERVER.port,
      fileName: 'f',
      sink,
      settings,
    });
    const out = this.#effects<TftpNotice, TftpResult>(READER, (result) => {
      this.#result = result;
      this.#endedAt = this.#now;
    });
    this.#open(READER.port, (event) => stepReadTransfer(machine, event, out));
    stepReadTransfer(machine, { type: 'start', now: 0 }, out);
    return machine;
  }

  #addServer(bytes: Uint8Array): void {
    const request = decodePacket(bytes);
    if (request.type !== 'RRQ') throw new Error(`${request.type} on the server's port`);
    const port = this.#nextServerPort++;
    const machine = createServerTransfer({
      content: this.#scenario.content,
      request,
      host: READER.address,
      port: READER.port,
      settings: { timeoutMs: 100, blockAttempts: 5 },
    });
    const out = this.#effects<ServerTransferNotice, ServerTransferResult>(
      { address: SERVER.address, port },
      (result) => this.#serverResults.push(result),
    );
    this.#open(port, (event) => stepServerTransfer(machine, event, out));
    stepServerTransfer(machine, { type: 'start', now: this.#now }, out);
  }

  #open(port: number, deliver: (event: MachineEvent<TftpTimer>) => void): void {
    this.#hosts.set(port, { deliver, timerAt: null });
  }

  #effects<Notice, Result>(
    self: { readonly address: string; readonly port: number },
    done: (result: Result) => void,
  ): Effects<TftpTimer, Notice, Result> {
    const host = (): Host => this.#hosts.get(self.port) ?? { deliver: null, timerAt: null };
    return {
      bind() {},
      connect() {},
      send() {},
      sendTo: (_address, port, bytes) => this.#send(self, port, bytes),
      close: () => {
        host().deliver = null;
      },
      setTimer: (_timer, delayMs) => {
        host().timerAt = this.#now + delayMs;
      },
      clearTimer: () => {
        host().timerAt = null;
      },
      notice() {},
      done,
    };
  }

  #send(from: { readonly address: string; readonly port: number }, to: number, bytes: Uint8Array): void {
    const opcode = opcodeOf(bytes);
    if (opcode === OPCODES.RRQ) this.#requestsSent++;
    if (opcode === OPCODES.DATA) this.#dataSent++;
    if (opcode === OPCODES.ACK) this.#countAck(blockOf(bytes));
    for (const delay of this.#scenario.fate()) this.#flying.push({ at: this.#now + delay, to, from, bytes });
  }

  #countAck(block: number): void {
    this.#acksSent++;
    this.#acksOfLast = block === this.#lastAcked ? this.#acksOfLast + 1 : 1;
    this.#lastAcked = block;
    this.#mostAcks = Math.max(this.#mostAcks, this.#acksOfLast);
  }

  /** The next arrival or timer; false when there is none. */
  #advance(): boolean {
    let first = -1;
    for (const [index, packet] of this.#flying.entries()) {
      if (first < 0 || packet.at < (this.#flying[first]?.at ?? 0)) first = index;
    }
    const arrival = this.#flying[first];
    const [timerPort, timerAt] = this.#nextTimer();
    if (timerAt !== null && (arrival === undefined || timerAt <= arrival.at)) {
      this.#now = timerAt;
      const host = this.#hosts.get(timerPort);
      if (host) host.timerAt = null;
      host?.deliver?.({ type: 'timer', timer: 'answer', now: this.#now });
      return true;
    }
    if (arrival === undefined) return false;
    this.#flying.splice(first, 1);
    this.#now = arrival.at;
    if (arrival.to === SERVER.port) this.#addServer(arrival.bytes);
    else
      this.#hosts
        .get(arrival.to)
        ?.deliver?.({ type: 'datagram', ...arrival.from, bytes: arrival.bytes, now: this.#now });
    return true;
  }

  #nextTimer(): [port: number, at: number | null] {
    let port = 0;
    let at: number | null = null;
    for (const [candidate, host] of this.#hosts) {
      if (host.timerAt !== null && (at === null || host.timerAt < at)) {
        port = candidate;
        at = host.timerAt;
      }
    }
    return [port, at];
  }
}

/** A random fate for each datagram, from a seed (mulberry32). */
export function randomFate(options: {
  readonly seed: number;
  readonly loss: number;
  readonly duplication: number;
  /** Datagrams overtake each other within this. */
  readonly maxDelayMs: number;
}): Fate {
  let state = options.seed;
  const random = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  return () => {
    if (random() < options.loss) return [];
    const delay = random() * options.maxDelayMs;
    return random() < options.duplication ? [delay, delay + random() * options.maxDelayMs] : [delay];
  };
}
