/**
 * Switches the power of a shard's phones when the shared schedule says so, in its order. Where phones can vanish, their
 * addresses are made unreachable before they lose power, and reachable again before it returns.
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
}

export class PowerFeed {
  readonly #options: PowerFeedOptions;
  readonly #timer: ReturnType<TimerQueue<() => void>['create']>;
  readonly #unreachable = new Set<number>();
  #warp: Warp = [];
  #next = 0;
  #vanished = 0;
  #closedInOrder = 0;
  #isBusy = false;
  #isStopped = false;

  constructor(options: PowerFeedOptions) {
    this.#options = options;
    this.#timer = options.timers.create(() => void this.#serve());
  }

  get counts(): PowerCounts {
    return {
      eventsLeft: this.#options.list.size - this.#next,
      vanished: this.#vanished,
      closedInOrder: this.#closedInOrder,
    };
  }

  /** When the schedule comes to a time, ms on the run's clock. */
  wallMsAt(scheduleMs: number): number {
    return wallMsAt(this.#warp, scheduleMs);
  }

  /** Goes by a newer map from wall time to schedule time from now on. */
  follow(warp: Warp): void {
    this.#warp = warp;
    this.#wait();
  }

  /** No power comes or goes any more. */
  stop(): void {
    this.#isStopped = true;
    this.#options.timers.clear(this.#timer);
  }

  #wait(): void {
    if (this.#isStopped || this.#isBusy) return;
    const dueAt = this.#dueAt(this.#next);
    if (Number.isFinite(dueAt)) this.#options.timers.setAt(this.#timer, dueAt);
    else this.#options.timers.clear(this.#timer);
  }

  /** When an event is due, ms on the run's clock. Infinite past the end, and while the schedule is paused. */
  #dueAt(index: number): number {
    const atMs = this.#options.list.atMs(index);
    return Number.isFinite(atMs) ? wallMsAt(this.#warp, atMs) : atMs;
  }

  async #serve(): Promise<void> {
    this.#isBusy = true;
    const { list } = this.#options;
    for (
      let first = true;
      !this.#isStopped && this.#dueAt(this.#next) <= this.#options.clock.now();
      first = false
    ) {
      if (!first) await nextTurn();
      if (this.#isStopped) break;
      if (list.waveOf(this.#next) === null) await this.#serveLosses();
      else await this.#serveReturns();
    }
    this.#isBusy = false;
    this.#wait();
  }

  /** Powers the phones that are due, up to a batch. Lateness counts from the scheduled instant. */
  async #serveReturns(): Promise<void> {
    const { list, blackhole, clock, onLateness, on } = this.#options;
    const until = this.#dueUntil(BATCH);
    const positions = this.#positions(until).filter((position) => this.#unreachable.has(position));
    if (blackhole !== null && positions.length > 0) {
      await blackhole.unblock(this.#addresses(positions));
      for (const position of positions) this.#unreachable.delete(position);
    }
    while (this.#next < until && !this.#isStopped) {
      const dueAt = this.#dueAt(this.#next);
      onLateness(Math.max(0, clock.now() - dueAt));
      on(list.positionOf(this.#next), dueAt, list.waveOf(this.#next) ?? 0);
      this.#next++;
    }
  }

  /**
   * For the network the phones are gone from when their addresses are; taking their sockets away is done in small
   * pieces after that. Nothing is measured from a loss, so its lateness is that of the order to the kernel.
   */
  async #serveLosses(): Promise<void> {
    const { list, blackhole, clock, onLateness, freeze, off } = this.#options;
    const until = this.#dueUntil(blackhole === null ? BATCH : MOST_ROUTES);
    const positions = this.#positions(until);
    const orderedAt = clock.now();
    for (const position of positions) freeze(position);
    const gone = blackhole !== null && (await blackhole.block(this.#addresses(positions)));
    // Also when the end has been ordered meanwhile: their addresses are gone already.
    for (let done = 0; this.#next < until; done++) {
      if (done > 0 && done % BATCH === 0) await nextTurn();
      const position = list.positionOf(this.#next);
      onLateness(Math.max(0, (gone ? orderedAt : clock.now()) - this.#dueAt(this.#next)));
      if (gone) this.#unreachable.add(position);
      off(position, gone);
      if (gone) this.#vanished++;
      else this.#closedInOrder++;
      this.#next++;
    }
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

  #positions(until: number): number[] {
    return Array.from({ length: until - this.#next }, (_, i) =>
      this.#options.list.positionOf(this.#next + i),
    );
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
