/** Orders from the process of a run: a run on the schedule of a fleet that the test plays. */
import { describe, expect, it } from 'vitest';
import { orderRun } from '../../src/coordinator/run-orders.ts';
import { monotonicMilliseconds } from '../../src/drivers/clock.ts';
import { BootstormError } from '../../src/errors.ts';
import { MemoryRampStore } from '../../src/ramp/memory-ramp-store.ts';
import type { RunPlan } from '../../src/scenario/plan.ts';
import { STEER_LEAD_MS } from '../../src/schedule/warp.ts';
import { planOf } from '../scenario/load-yaml.ts';

const LEAD = { startMs: 10, stopMs: 1500 };
const PAUSE = { type: 'rate', slope: 0 } as const;
const ABORT = { type: 'abort' } as const;

type Run = Parameters<typeof orderRun>[0];

function runIn(phase: Run['phase'], stopped: string[] = []): Run {
  return { phase, elapsedSeconds: 12, stop: (reason) => void stopped.push(reason ?? '') };
}

async function armedStore(): Promise<MemoryRampStore<RunPlan>> {
  const store = new MemoryRampStore<RunPlan>();
  await store.publish(planOf('phones: { generate: { count: 2 } }'));
  await store.arm(monotonicMilliseconds());
  return store;
}

/** Others steer first, so many times. */
class Contested extends MemoryRampStore<RunPlan> {
  left: number;

  constructor(times: number) {
    super();
    this.left = times;
  }

  override async steer(fromMs: number, slope: number): Promise<void> {
    if (this.left > 0) {
      this.left -= 1;
      await super.steer(fromMs + 1, 3);
    }
    await super.steer(fromMs, slope);
  }
}

describe('an order to change the rate', () => {
  it('takes effect so far ahead that every agent hears of it, and behind every order before it', async () => {
    const store = await armedStore();
    const before = monotonicMilliseconds();
    const first = await orderRun(runIn('ramping'), { store, lead: LEAD }, PAUSE);
    const second = await orderRun(runIn('ramping'), { store, lead: LEAD }, { type: 'rate', slope: 2 });
    const { steers, startAtMs } = await store.read();
    expect(steers.map(({ slope }) => slope)).toEqual([0, 2]);
    expect(steers[0]?.fromMs).toBeGreaterThanOrEqual(before + STEER_LEAD_MS);
    expect(steers[1]?.fromMs).toBeGreaterThan(steers[0]?.fromMs ?? 0);
    expect(first).toMatchObject({
      fromSecond: ((steers[0]?.fromMs ?? 0) - (startAtMs ?? 0)) / 1000,
      stop: null,
    });
    expect(second.fromSecond).toBeGreaterThan(first.fromSecond);
  });

  it('is tried again where somebody else was faster, and is given up when that goes on', async () => {
    const contested = async (times: number): Promise<Contested> => {
      const store = new Contested(times);
      await store.publish(planOf('phones: { generate: { count: 2 } }'));
      await store.arm(monotonicMilliseconds());
      return store;
    };
    const twice = await contested(2);
    await orderRun(runIn('ramping'), { store: twice, lead: LEAD }, PAUSE);
    expect((await twice.read()).steers.map(({ slope }) => slope)).toEqual([3, 3, 0]);
    const always = await contested(100);
    await expect(orderRun(runIn('ramping'), { store: always, lead: LEAD }, PAUSE)).rejects.toMatchObject({
      code: 'schedule-conflict',
    });
    expect(always.left).toBe(95);
  });

  it('is refused before the start, and once the end is ordered', async () => {
    const unarmed = { store: new MemoryRampStore<RunPlan>(), lead: LEAD };
    await expect(orderRun(runIn('preparing'), unarmed, PAUSE)).rejects.toThrow(/has not been started yet/);
    const store = await armedStore();
    await store.stop('drain', monotonicMilliseconds());
    const late = orderRun(runIn('draining'), { store, lead: LEAD }, PAUSE);
    await expect(late).rejects.toThrow(BootstormError);
    await expect(late).rejects.toMatchObject({
      code: 'run-not-open',
      message: expect.stringMatching(/to end/),
    });
    await expect(orderRun(runIn('done'), { store, lead: LEAD }, ABORT)).rejects.toThrow(/is over/);
  });
});

describe('an order to end', () => {
  it('is in order the first time and at once the second time', async () => {
    const fleet = { store: await armedStore(), lead: LEAD };
    const stopped: string[] = [];
    expect(await orderRun(runIn('holding', stopped), fleet, ABORT)).toEqual({
      fromSecond: 13.5,
      inSeconds: 1.5,
      stop: 'drain',
    });
    expect(await orderRun(runIn('draining', stopped), fleet, ABORT)).toEqual({
      fromSecond: 12,
      inSeconds: 0,
      stop: 'now',
    });
    expect(stopped).toEqual(['steered', 'steered']);
  });
});
