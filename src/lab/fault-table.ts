/** Which fault, if any, a request meets: a pure function of the request's number, so that a run can be repeated. */
import { uniform01 } from '../random/counter-random.ts';
import type { FaultKind, FaultService, LabFault } from '../scenario/lab-faults.ts';
import type { LabClock } from './lab-clock.ts';

export class FaultTable {
  /** Faults that were met. */
  met = 0;
  readonly #service: FaultService;
  readonly #clock: LabClock;
  #faults: readonly LabFault[] = [];
  #requests = 0;

  constructor(service: FaultService, faults: readonly LabFault[], clock: LabClock) {
    this.#service = service;
    this.#clock = clock;
    this.set(faults);
  }

  set(faults: readonly LabFault[]): void {
    this.#faults = faults.filter(({ on }) => on === this.#service);
  }

  /** The first fault of `kinds` that is on now and hits this request; `subject` is what `match` looks at. */
  pick(subject: string, kinds: readonly FaultKind[]): LabFault | null {
    if (this.#faults.length === 0) return null;
    const request = this.#requests++;
    for (const [place, fault] of this.#faults.entries()) {
      if (!kinds.includes(fault.kind) || !this.#isOn(fault)) continue;
      if (fault.match !== undefined && !subject.includes(fault.match)) continue;
      if (uniform01(place, request, 'lab-fault') >= fault.probability) continue;
      this.met++;
      return fault;
    }
    return null;
  }

  /** Whether a fault of this kind now hits everybody. */
  hitsAll(kind: FaultKind): boolean {
    return this.#faults.some(
      (fault) =>
        fault.kind === kind && fault.probability === 1 && fault.match === undefined && this.#isOn(fault),
    );
  }

  #isOn({ from, fromSeconds, toSeconds }: LabFault): boolean {
    const second = this.#clock.secondsSince(from);
    return second !== null && second >= fromSeconds && second < (toSeconds ?? Number.POSITIVE_INFINITY);
  }
}

/** What can happen to any answer that is one datagram. */
export const DATAGRAM_FAULTS = [
  'drop',
  'delay',
  'duplicate',
  'corrupt',
  'malformed',
  'truncate',
] as const satisfies readonly FaultKind[];

/** Not even the magic of any protocol here: what a wrong service on the port might say. */
const GARBAGE = Uint8Array.of(0xde, 0xad, 0xbe, 0xef);
const FIRST_CORRUPT_BYTE = 3;
const CORRUPT_EVERY_BYTES = 7;

/** Sends an answer as the fault has it. */
export function sendFaulty(
  fault: LabFault | null,
  bytes: Uint8Array,
  send: (bytes: Uint8Array) => void,
): void {
  switch (fault?.kind) {
    case 'drop':
      return;
    case 'delay':
      return after(fault.delayMs, () => send(bytes));
    case 'duplicate':
      send(bytes);
      return send(bytes);
    case 'corrupt':
      return send(
        bytes.map((byte, at) => (at % CORRUPT_EVERY_BYTES === FIRST_CORRUPT_BYTE ? byte ^ 0xff : byte)),
      );
    case 'malformed':
      return send(GARBAGE);
    case 'truncate':
      return send(bytes.subarray(0, Math.max(1, bytes.length >> 1)));
    default:
      return send(bytes);
  }
}

/** Does something after a service time or a delay; at once when it is 0. The lab may end before. */
export function after(delayMs: number, action: () => void): void {
  if (delayMs > 0) setTimeout(action, delayMs).unref();
  else action();
}

/**
 * The server that a `foreign-address` fault names: TEST-NET-3 (RFC 5737). Nothing may ever be sent there; that the
 * target guard holds is what the fault is for.
 */
export const FOREIGN_ADDRESS = '203.0.113.66';
