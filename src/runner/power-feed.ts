/**
 * Switches the power of a shard's phones when the shared schedule says so, in its order. Where phones can vanish, their
 * addresses are made unreachable before they lose power, and reachable again before it returns.
 *
 * A return that has come due is owed to its phone until it is carried out: at once, or, while starts are held, when
 * they are released. Power that is lost meanwhile cancels it.
 */
import type { Clock } from '../drivers/clock.ts';
import type { SourceBlackhole } from '../drivers/source-blackhole.ts';
import type { TimerQueue } from '../drivers/timer-queue.ts';
import { type Warp, wallMsAt } from '../schedule/warp.ts';
import type { PowerCounts } from '../metrics/shard-snapshot.ts';
import type { PowerList } from './power-list.ts';

/** Events that are carried out before the event loop gets a turn. */
const BATCH = 64;
/** Phones whose addresses change in one go. */
const MOST_ROUTES = 4096;

export interface PowerFeedOptions {
  readonly list: PowerList;
  readonly clock: Clock;
  readonly timers: TimerQueue<() => void>;
  /** Null: phones close their connections in order. */
  readonly blackhole: Pick<SourceBlackhole, 'block' | 'unblock'> | null;
  readonly addressOf: (position: number) => string | null;
  readonly on: (position: number, intendedAt: number, wave: number) => void;
  /** Power is about to be lost: what happens to the phone until then is no longer seen by it. */
  readonly freeze: (position: number) => void;
  /** `unreachable`: whatever the phone still sends reaches nobody. */
  readonly off: (position: number, unreachable: boolean) => void;
  readonly onLateness: (lateMs: number) => void;
  /** Asked before each event; false: no power is switched any more. Left out: always. */
  readonly isAwake?: (now: number) => boolean;
}

export class PowerFeed {
  readonly #options: PowerFeedOptions;
  readonly #timer: ReturnType<TimerQueue<() => void>['create']>;
  readonly #unreachable = new Set<number>();
  /** Returns of power that are due and not carried out: by position, in the order of the list. */
  readonly #owed = new Map<number, number>();
  readonly #withheld = new Set<number>();
  readonly #startedAhead = new Set<number>();
  #warp: Warp = [];
  #next = 0;
  #vanished = 0;
  #closedInOrder = 0;
  #isBusy = false;
  #isHeld = false;
  #isStopped = false;

  constructor(options: PowerFeedOptions) {
    this.#options = options;
    this.#timer = options.timers.create(() => void this.#serve());
  }

  get counts(): PowerCounts {
    return {
      eventsLeft: this.#options.list.size - this.#next + this.#owed.size,
      vanished: this.#vanished,
      closedInOrder: this.#closedInOrder,
      withheld: this.#withheld.size,
      startedAhead: this.#startedAhead.size,
    };
  }

  /** When the schedule comes to a time, ms on the run's clock. */
  wallMsAt(scheduleMs: number): number {
    return wallMsAt(this.#warp, scheduleMs);
  }

  /** Goes by a newer map from wall time to schedule time from now on. What was started stays started. */
  follow(warp: Warp): void {
    this.#warp = warp;
    this.#noteStartedAhead();
    this.#wait();
  }

  /** While starts are held, power that is due is withheld; losses happen. */
  hold(held: boolean): void {
    this.#isHeld = held;
    if (held) for (const position of this.#owed.keys()) this.#withheld.add(position);
    this.#wait();
  }

  /** No power comes or goes any more. */
  stop(): void {
    this.#isStopped = true;
    this.#options.timers.clear(this.#timer);
  }

  /** A steer that was learned of late: phones that have power already, and would not have it yet by the new map. */
  #noteStartedAhead(): void {
    const { list, clock } = this.#options;
    const now = clock.now();
    for (let index = this.#next - 1; index >= 0 && this.#dueAt(index) > now; index--) {
      const position = list.positionOf(index);
      if (list.waveOf(index) !== null && this.#owed.get(position) !== index) this.#startedAhead.add(position);
    }
  }

  #wait(): void {
    if (this.#isStopped || this.#isBusy) return;
    const dueAt = this.#nextDueAt();
    if (Number.isFinite(dueAt)) this.#options.timers.setAt(this.#timer, dueAt);
    else this.#options.timers.clear(this.#timer);
  }

  #nextDueAt(): number {
    const [owed] = this.#isHeld ? [] : this.#owed.values();
    return this.#dueAt(owed ?? this.#next);
  }

  /** When an event is due, ms on the run's clock. Infinite past the end, and while the schedule is paused. */
  #dueAt(index: number): number {
    const atMs = this.#options.list.atMs(index);
    return Number.isFinite(atMs) ? wallMsAt(this.#warp, atMs) : atMs;
  }

  get #isDue(): boolean {
    return !this.#isStopped && this.#nextDueAt() <= this.#options.clock.now();
  }

  async #serve(): Promise<void> {
    this.#isBusy = true;
    for (let first = true; this.#isDue; first = false) {
      if (!first) await nextTurn();
      if (!this.#isDue) break;
      const owesNothing = this.#isHeld || this.#owed.size === 0;
      if (owesNothing && this.#options.list.waveOf(this.#next) === null) await this.#serveLosses();
      else await this.#serveReturns();
    }
    this.#isBusy = false;
    this.#wait();
  }

  async #serveReturns(): Promise<void> {
    const { list } = this.#options;
    if (list.waveOf(this.#next) !== null) {
      for (const until = this.#dueUntil(BATCH); this.#next < until; this.#next++) {
        const position = list.positionOf(this.#next);
        this.#owed.set(position, this.#next);
        if (this.#isHeld) this.#withheld.add(position);
      }
    }
    if (!this.#isHeld) await this.#carryOut([...this.#owed].slice(0, BATCH));
  }

  /** Powers phones. Lateness counts from the scheduled instant. */
  async #carryOut(owed: readonly (readonly [position: number, index: number])[]): Promise<void> {
    const { list, blackhole, clock, onLateness, on } = this.#options;
    const positions = owed
      .map(([position]) => position)
      .filter((position) => this.#unreachable.has(position));
    if (blackhole !== null && positions.length > 0) {
      await blackhole.unblock(this.#addresses(positions));
      for (const position of positions) this.#unreachable.delete(position);
    }
    for (const [position, index] of owed) {
      const now = clock.now();
      const dueAt = this.#dueAt(index);
      if (this.#isStopped || this.#isHeld || dueAt > now || !this.#isAwake(now)) return;
      this.#owed.delete(position);
      onLateness(now - dueAt);
      on(position, dueAt, list.waveOf(index) ?? 0);
    }
  }

  #isAwake(now: number): boolean {
    return this.#options.isAwake?.(now) ?? true;
  }

  /**
   * For the network the phones are gone from when their addresses are; taking their sockets away is done in small
   * pieces after that. Nothing is measured from a loss, so its lateness is that of the order to the kernel.
   */
  async #serveLosses(): Promise<void> {
    const { list, blackhole, clock, onLateness, freeze, off } = this.#options;
    const until = this.#dueUntil(blackhole === null ? BATCH : MOST_ROUTES);
    // Power that a phone did not get it cannot lose.
    const losses = Array.from({ length: until - this.#next }, (_, i) => this.#next + i).filter(
      (index) => !this.#owed.delete(list.positionOf(index)),
    );
    const positions = losses.map((index) => list.positionOf(index));
    const orderedAt = clock.now();
    for (const position of positions) freeze(position);
    const gone =
      blackhole !== null && losses.length > 0 && (await blackhole.block(this.#addresses(positions)));
    // Also when the end has been ordered meanwhile: their addresses are gone already.
    for (const [done, index] of losses.entries()) {
      if (done > 0 && done % BATCH === 0) await nextTurn();
      if (!this.#isAwake(clock.now())) return;
      const position = list.positionOf(index);
      onLateness(Math.max(0, (gone ? orderedAt : clock.now()) - this.#dueAt(index)));
      if (gone) this.#unreachable.add(position);
      off(position, gone);
      if (gone) this.#vanished++;
      else this.#closedInOrder++;
      this.#next = index + 1;
    }
    this.#next = until;
  }

  /** Behind the last of the events of one kind that are due, at most `most` of them. */
  #dueUntil(most: number): number {
    const { list, clock } = this.#options;
    const isLoss = list.waveOf(this.#next) === null;
    const now = clock.now();
    let until = this.#next;
    while (
      until - this.#next < most &&
      this.#dueAt(until) <= now &&
      (list.waveOf(until) === null) === isLoss
    ) {
      until++;
    }
    return until;
  }

  #addresses(positions: readonly number[]): string[] {
    return positions.flatMap((position) => this.#options.addressOf(position) ?? []);
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
