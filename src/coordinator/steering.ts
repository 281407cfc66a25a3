/** Orders to a run from any terminal: all agents follow them at one instant of the clock of Redis. */
import type { Redis } from 'ioredis';
import { RedisRampStore } from '../ramp/redis-ramp-store.ts';
import { openRedis } from '../redis/connection.ts';
import { ServerClock } from '../redis/server-clock.ts';
import { monotonicMilliseconds } from '../drivers/clock.ts';
import type { RunPlan } from '../scenario/plan.ts';
import { STEER_LEAD_MS } from '../schedule/warp.ts';
import { asked } from './cluster-book.ts';
import type { RunPlace } from './cluster-run.ts';
import { type ArmedState, setSlope, type Steered, type SteerOrder } from './steer-order.ts';
import { checkIsOpen, notOpen } from './take-over.ts';

/** Throws `run-unknown`, `run-not-open` before the start is ordered and after the end, `redis-unreachable`. */
export async function steerRun({ url, run }: RunPlace, order: SteerOrder): Promise<Steered> {
  const redis = await openRedis(url);
  try {
    const { offsetMs } = (await asked(redis, () => ServerClock.measure(redis))).estimate;
    const nowMs = (): number => monotonicMilliseconds() + offsetMs;
    if (order.type === 'abort') return await abort(redis, run, nowMs);
    const store = new RedisRampStore<RunPlan>(redis, run);
    return await setSlope(store, () => openState(redis, run), nowMs, order.slope);
  } finally {
    redis.disconnect();
  }
}

async function abort(redis: Redis, run: string, nowMs: () => number): Promise<Steered> {
  const { startAtMs, stop: before } = await armedState(redis, run);
  const stop = before === null ? 'drain' : 'now';
  const atMs = nowMs() + (stop === 'drain' ? STEER_LEAD_MS : 0);
  await new RedisRampStore<RunPlan>(redis, run).stop(stop, atMs);
  return { fromSecond: (atMs - startAtMs) / 1000, inSeconds: Math.max(0, (atMs - nowMs()) / 1000), stop };
}

async function openState(redis: Redis, run: string): Promise<ArmedState> {
  const state = await armedState(redis, run);
  if (state.stop !== null) throw notOpen(run, 'has been ordered to end');
  return state;
}

async function armedState(redis: Redis, run: string): Promise<ArmedState> {
  const state = await checkIsOpen(redis, run);
  const { startAtMs } = state;
  if (startAtMs === null) throw notOpen(run, 'has not been started yet');
  return { ...state, startAtMs };
}
