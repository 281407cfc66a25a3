/**
 * Timers for thousands of phones on one driving `setTimeout`: a binary heap by due time in which every timer knows
 * its place, so that setting, moving and clearing cost O(log n) and leave no garbage. (A timer wheel is cheaper still
 * per operation; a boot sets about twenty timers, so the difference is microseconds a phone, and the heap fires in
 * exact order and holds any delay.)
 *
 * Accuracy, stated: a timer never fires early; it fires up to 1 ms late, the resolution of `setTimeout`, plus
 * whatever the event loop is late. The lateness of each is reported. After a stall at most `batch` timers fire before
 * the event loop gets a turn, so that sockets are not starved by what has piled up.
 */
import type { Clock } from './clock.ts';

const DEFAULT_BATCH = 512;
/** The longest delay that `setTimeout` takes; the queue looks again then. */
const LONGEST_TIMEOUT_MS = 0x7fff_ffff;
const NOT_ARMED = -1;

/** A timer, armed or not. Make one with `create` and keep it: arming it again makes no garbage. */
export interface QueuedTimer<Payload> {
  readonly payload: Payload;
  dueAt: number;
  /** Index in the heap, or `NOT_ARMED`. */
  place: number;
}

/** What drives the queue: Node's timers, or a test's. */
export interface Alarm {
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(handle: unknown): void;
  setImmediate(callback: () => void): unknown;
  clearImmediate(handle: unknown): void;
}

const NODE_ALARM: Alarm = {
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
  setImmediate: (callback) => setImmediate(callback),
  clearImmediate: (handle) => clearImmediate(handle as NodeJS.Immediate),
};

export interface TimerQueueOptions<Payload> {
  readonly clock: Clock;
  readonly fire: (payload: Payload, now: number) => void;
  /** Milliseconds that a due timer was served after its time. */
  readonly onLateness?: (lateMs: number) => void;
  readonly batch?: number;
  /** Asked before each timer that is due; false: none is served. Left out: always. */
  readonly isAwake?: (now: number) => boolean;
  readonly alarm?: Alarm;
}

export class TimerQueue<Payload> {
  readonly #clock: Clock;
  readonly #fire: (payload: Payload, now: number) => void;
  readonly #onLateness: (lateMs: number) => void;
  readonly #batch: number;
  readonly #alarm: Alarm;
  readonly #isAwake: (now: number) => boolean;
  readonly #heap: QueuedTimer<Payload>[] = [];
  #timeout: unknown = null;
  /** When the pending wake-up comes; infinite without one. */
  #wakeAt = Number.POSITIVE_INFINITY;
  #immediate: unknown = null;
  #serving = false;
  #closed = false;

  constructor(options: TimerQueueOptions<Payload>) {
    this.#clock = options.clock;
    this.#fire = options.fire;
    this.#onLateness = options.onLateness ?? (() => {});
    this.#batch = options.batch ?? DEFAULT_BATCH;
    this.#alarm = options.alarm ?? NODE_ALARM;
    this.#isAwake = options.isAwake ?? (() => true);
  }

  /** Timers that are armed. */
  get size(): number {
    return this.#heap.length;
  }

  create(payload: Payload): QueuedTimer<Payload> {
    return { payload, dueAt: 0, place: NOT_ARMED };
  }

  /** Arms a timer to fire after `delayMs`, or moves it when it is armed. */
  set(timer: QueuedTimer<Payload>, delayMs: number): void {
    this.setAt(timer, this.#clock.now() + Math.max(0, delayMs));
  }

  /** Arms a timer for an instant of the clock; one that is past fires as soon as possible, and counts as late. */
  setAt(timer: QueuedTimer<Payload>, dueAt: number): void {
    if (this.#closed) return;
    const earlier = timer.place === NOT_ARMED || dueAt < timer.dueAt;
    timer.dueAt = dueAt;
    if (timer.place === NOT_ARMED) timer.place = this.#heap.push(timer) - 1;
    if (earlier) this.#rise(timer);
    else this.#sink(timer);
    if (!this.#serving) this.#wake();
  }

  /** Disarms a timer; nothing happens when it is not armed. */
  clear(timer: QueuedTimer<Payload>): void {
    const { place } = timer;
    if (place === NOT_ARMED) return;
    timer.place = NOT_ARMED;
    const last = this.#heap.pop();
    if (last === undefined || last === timer) return;
    this.#put(last, place);
    this.#rise(last);
    this.#sink(last);
  }

  /** Forgets every timer and lets the process end. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#heap) timer.place = NOT_ARMED;
    this.#heap.length = 0;
    this.#alarm.clearTimeout(this.#timeout);
    this.#alarm.clearImmediate(this.#immediate);
  }

  /** Serves what is due, at most a batch, and arranges the next turn. */
  #turn(): void {
    this.#timeout = null;
    this.#immediate = null;
    this.#wakeAt = Number.POSITIVE_INFINITY;
    this.#serving = true;
    try {
      for (let served = 0; served < this.#batch; served++) {
        const timer = this.#heap[0];
        const now = this.#clock.now();
        if (timer === undefined || timer.dueAt > now || !this.#isAwake(now)) break;
        this.clear(timer);
        this.#onLateness(now - timer.dueAt);
        this.#fire(timer.payload, now);
      }
    } finally {
      this.#serving = false;
    }
    this.#wake();
  }

  /** Sees to it that the queue wakes when its first timer is due. */
  #wake(): void {
    const first = this.#heap[0];
    if (first === undefined || this.#immediate !== null || first.dueAt >= this.#wakeAt) return;
    if (this.#timeout !== null) this.#alarm.clearTimeout(this.#timeout);
    this.#timeout = null;
    const delay = first.dueAt - this.#clock.now();
    if (delay <= 0) {
      this.#wakeAt = Number.NEGATIVE_INFINITY;
      this.#immediate = this.#alarm.setImmediate(() => this.#turn());
      return;
    }
    this.#wakeAt = first.dueAt;
    this.#timeout = this.#alarm.setTimeout(
      () => this.#turn(),
      Math.min(LONGEST_TIMEOUT_MS, Math.max(1, Math.ceil(delay))),
    );
  }

  #rise(timer: QueuedTimer<Payload>): void {
    let { place } = timer;
    while (place > 0) {
      const parent = this.#heap[(place - 1) >> 1];
      if (parent === undefined || parent.dueAt <= timer.dueAt) break;
      this.#put(parent, place);
      place = (place - 1) >> 1;
    }
    this.#put(timer, place);
  }

  #sink(timer: QueuedTimer<Payload>): void {
    let { place } = timer;
    for (;;) {
      const left = place * 2 + 1;
      const right = left + 1;
      const leftChild = this.#heap[left];
      const rightChild = this.#heap[right];
      if (leftChild === undefined) break;
      const useRight = rightChild !== undefined && rightChild.dueAt < leftChild.dueAt;
      const child = useRight ? rightChild : leftChild;
      if (child.dueAt >= timer.dueAt) break;
      this.#put(child, place);
      place = useRight ? right : left;
    }
    this.#put(timer, place);
  }

  #put(timer: QueuedTimer<Payload>, place: number): void {
    this.#heap[place] = timer;
    timer.place = place;
  }
}
