import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Alarm, TimerQueue } from '../../src/drivers/timer-queue.ts';

/** An event loop by hand: time passes when the test says so, and may leap over what was due. */
class FakeLoop implements Alarm {
  time = 0;
  turns = 0;
  #timeouts = new Map<number, { at: number; callback: () => void }>();
  #immediates: (() => void)[] = [];
  #next = 1;
  readonly clock = { now: (): number => this.time };

  setTimeout(callback: () => void, delayMs: number): unknown {
    const handle = this.#next++;
    this.#timeouts.set(handle, { at: this.time + delayMs, callback });
    return handle;
  }

  clearTimeout(handle: unknown): void {
    this.#timeouts.delete(handle as number);
  }

  setImmediate(callback: () => void): unknown {
    return this.#immediates.push(callback);
  }

  clearImmediate(): void {
    this.#immediates = [];
  }

  get idle(): boolean {
    return this.#timeouts.size === 0 && this.#immediates.length === 0;
  }

  /** To `time`: timers that are due run then, however late. */
  leapTo(time: number): void {
    this.time = Math.max(this.time, time);
    for (;;) {
      const due = [...this.#timeouts].find(([, { at }]) => at <= this.time);
      const immediate = this.#immediates.shift();
      if (!due && !immediate) return;
      this.turns++;
      if (due) {
        this.#timeouts.delete(due[0]);
        due[1].callback();
      }
      immediate?.();
    }
  }
}

describe('a timer queue', () => {
  it('fires what a sorted list would, in its order, never early', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('set'), timer: fc.nat(9), ms: fc.nat(500) }),
      fc.record({ do: fc.constant('clear'), timer: fc.nat(9), ms: fc.constant(0) }),
      fc.record({ do: fc.constant('pass'), timer: fc.constant(0), ms: fc.nat(300) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const loop = new FakeLoop();
        const fired: [number, number][] = [];
        const queue = new TimerQueue<number>({
          clock: loop.clock,
          alarm: loop,
          fire: (timer, now) => fired.push([timer, now]),
        });
        const timers = Array.from({ length: 10 }, (_, name) => queue.create(name));
        const oracle = new Map<number, number>();
        const expected: [number, number][] = [];
        for (const { do: what, timer, ms } of steps) {
          const entry = timers[timer];
          if (!entry) continue;
          if (what === 'set') {
            queue.set(entry, ms);
            oracle.set(timer, loop.time + ms);
          } else if (what === 'clear') {
            queue.clear(entry);
            oracle.delete(timer);
          } else {
            const until = loop.time + ms;
            loop.leapTo(until);
            for (const [name, at] of [...oracle]
              .filter(([, due]) => due <= until)
              .sort((a, b) => a[1] - b[1])) {
              expected.push([name, at]);
              oracle.delete(name);
            }
          }
        }
        const names = (list: readonly [number, number][]): number[] =>
          list.map(([name]) => name).toSorted((a, b) => a - b);
        expect(names(fired)).toEqual(names(expected));
        for (const [place, [name, now]] of fired.entries()) {
          const due = expected[place]?.[1] ?? Number.NaN;
          expect(now).toBeGreaterThanOrEqual(due);
          expect(expected.filter(([, at]) => at === due).map(([other]) => other)).toContain(name);
        }
        expect(queue.size).toBe(oracle.size);
        for (const entry of timers) queue.clear(entry);
        expect(queue.size).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('reports how late each timer was, and lets the event loop turn after a batch', () => {
    const loop = new FakeLoop();
    const late: number[] = [];
    let fired = 0;
    const queue = new TimerQueue<number>({
      clock: loop.clock,
      alarm: loop,
      batch: 10,
      fire: () => fired++,
      onLateness: (ms) => late.push(ms),
    });
    for (let n = 0; n < 35; n++) queue.set(queue.create(n), 10);
    loop.leapTo(250);
    expect(fired).toBe(35);
    expect(new Set(late)).toEqual(new Set([240]));
    expect(loop.turns).toBe(4);
    expect(loop.idle).toBe(true);
  });

  it('takes delays longer than a timeout can be, and timers that are set while one fires', () => {
    const loop = new FakeLoop();
    const fired: string[] = [];
    const queue = new TimerQueue<string>({
      clock: loop.clock,
      alarm: loop,
      fire: (name) => {
        fired.push(name);
        if (name === 'first') queue.set(again, 5);
      },
    });
    const again = queue.create('again');
    queue.set(queue.create('in two months'), 5_000_000_000);
    queue.set(queue.create('first'), 1);
    loop.leapTo(1);
    loop.leapTo(6);
    loop.leapTo(2_200_000_000);
    expect(fired).toEqual(['first', 'again']);
    loop.leapTo(4_400_000_000);
    loop.leapTo(5_000_000_001);
    expect(fired).toEqual(['first', 'again', 'in two months']);
  });

  it('fires nothing after it was closed', () => {
    const loop = new FakeLoop();
    const queue = new TimerQueue<number>({
      clock: loop.clock,
      alarm: loop,
      fire: () => {
        throw new Error('closed queues are silent');
      },
    });
    const timer = queue.create(1);
    queue.set(timer, 5);
    queue.close();
    queue.set(timer, 1);
    loop.leapTo(100);
    expect([queue.size, loop.idle]).toEqual([0, true]);
  });
});
