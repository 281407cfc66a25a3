import type { Effects, MachineEvent } from '../protocols/effects.ts';
import type { TlsDemand } from '../protocols/tls.ts';
import type { PhoneEffects, PhoneEndpoint, PhoneTimer } from './phone-effects.ts';

/**
 * A child machine's view of the phone's effects: everything it asks for lands on one endpoint, and its timers carry
 * that endpoint's name. Notices and the result are kept for the parent to read after the step; one scope serves all
 * phones of a worker, so the parent empties it with `take...` before the next step.
 */
export class ChildScope<Timer extends string, Notice, Result> implements Effects<Timer, Notice, Result> {
  readonly #endpoint: PhoneEndpoint;
  readonly #timers = new Map<Timer, PhoneTimer>();
  #out: PhoneEffects;
  #notices: Notice[] = [];
  #result: Result | null = null;
  #sent = false;
  #tls: TlsDemand | null = null;

  constructor(endpoint: PhoneEndpoint, out: PhoneEffects) {
    this.#endpoint = endpoint;
    this.#out = out;
  }

  bind(): void {
    this.#out.bind(this.#endpoint);
  }

  sendTo(address: string, port: number, bytes: Uint8Array): void {
    this.#sent = true;
    this.#out.sendTo(this.#endpoint, address, port, bytes);
  }

  connect(address: string, port: number): void {
    this.#sent = true;
    if (this.#tls === null) this.#out.connect(this.#endpoint, address, port);
    else this.#out.connect(this.#endpoint, address, port, this.#tls);
    this.#tls = null;
  }

  /** How the connection that the child asks for next is to be secured; null: not at all. */
  secure(demand: TlsDemand | null): void {
    this.#tls = demand;
  }

  send(bytes: Uint8Array): void {
    this.#out.send(this.#endpoint, bytes);
  }

  close(): void {
    this.#out.close(this.#endpoint);
  }

  setTimer(timer: Timer, delayMs: number): void {
    this.#out.setTimer(this.#phoneTimer(timer), delayMs);
  }

  clearTimer(timer: Timer): void {
    this.#out.clearTimer(this.#phoneTimer(timer));
  }

  notice(notice: Notice): void {
    this.#notices.push(notice);
  }

  done(result: Result): void {
    this.#result = result;
  }

  /** An event for the child: the timers of this endpoint were named by the child itself. */
  own(event: MachineEvent): MachineEvent<Timer> {
    return event as MachineEvent<Timer>;
  }

  /** Whether a datagram or a SYN went out in this step. */
  takeSent(): boolean {
    const sent = this.#sent;
    this.#sent = false;
    return sent;
  }

  takeNotices(): readonly Notice[] {
    if (this.#notices.length === 0) return NONE;
    const notices = this.#notices;
    this.#notices = [];
    return notices;
  }

  takeResult(): Result | null {
    const result = this.#result;
    this.#result = null;
    return result;
  }

  #phoneTimer(timer: Timer): PhoneTimer {
    let name = this.#timers.get(timer);
    if (name === undefined) {
      name = `${this.#endpoint}.${timer}`;
      this.#timers.set(timer, name);
    }
    return name;
  }
}

const NONE: readonly never[] = [];

const CHILD_TIMERS = new Map<string, readonly [PhoneEndpoint, string]>();

/** The endpoint and the name of a timer that a child machine has set. */
export function childTimer(timer: Exclude<PhoneTimer, 'boot' | 'standby'>): readonly [PhoneEndpoint, string] {
  let parts = CHILD_TIMERS.get(timer);
  if (!parts) {
    const dot = timer.indexOf('.');
    parts = [timer.slice(0, dot) as PhoneEndpoint, timer.slice(dot + 1)];
    CHILD_TIMERS.set(timer, parts);
  }
  return parts;
}
