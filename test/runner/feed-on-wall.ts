import { type Alarm, TimerQueue } from '../../src/drivers/timer-queue.ts';
import { PowerFeed, type PowerFeedOptions } from '../../src/runner/power-feed.ts';
import type { PowerList } from '../../src/runner/power-list.ts';

/** A wall clock that goes on when the test says so. */
class Wall implements Alarm {
  now = -1;
  readonly #alarms = new Map<number, { at: number; callback: () => void }>();
  #next = 0;

  setTimeout(callback: () => void, delayMs: number): unknown {
    this.#alarms.set(this.#next, { at: this.now + delayMs, callback });
    return this.#next++;
  }

  clearTimeout(handle: unknown): void {
    this.#alarms.delete(handle as number);
  }

  setImmediate(callback: () => void): unknown {
    return this.setTimeout(callback, 0);
  }

  clearImmediate(handle: unknown): void {
    this.clearTimeout(handle);
  }

  /** Lets time pass alarm by alarm, and what each sets off come to its end. */
  async passTo(time: number): Promise<void> {
    for (;;) {
      const [due] = [...this.#alarms].filter(([, { at }]) => at <= time).sort(([, a], [, b]) => a.at - b.at);
      if (due === undefined) break;
      this.#alarms.delete(due[0]);
      this.now = Math.max(this.now, due[1].at);
      due[1].callback();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    this.now = time;
  }
}

/** A feed on a wall of its own, and what it did. */
export function feedOf(list: PowerList, blackhole: PowerFeedOptions['blackhole'] = null) {
  const wall = new Wall();
  const seen: string[] = [];
  const frozen = new Set<number>();
  const lateness: number[] = [];
  const timers = new TimerQueue<() => void>({
    clock: { now: () => wall.now },
    alarm: wall,
    fire: (action) => action(),
  });
  const feed = new PowerFeed({
    list,
    clock: { now: () => wall.now },
    timers,
    blackhole,
    addressOf: (position) => `127.16.0.${position}`,
    on: (position, intendedAt, wave) => seen.push(`${intendedAt} on ${position} wave ${wave}`),
    freeze: (position) => frozen.add(position),
    off: (position, unreachable) => seen.push(`off ${position}${unreachable ? ' unreachable' : ''}`),
    onLateness: (lateMs) => lateness.push(lateMs),
  });
  return { wall, feed, seen, frozen, lateness };
}
