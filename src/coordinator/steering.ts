/** Orders to a run from any terminal: all agents follow them at one instant of the clock of Redis. */
import type { Redis } from 'ioredis';
import { BootstormError } from '../errors.ts';
import type { RampState } from '../ramp/ramp-store.ts';
import { RedisRampStore } from '../ramp/redis-ramp-store.ts';
import { openRedis } from '../redis/connection.ts';
import { ServerClock } from '../redis/server-clock.ts';
import { monotonicMilliseconds } from '../drivers/clock.ts';
import type { RunPlan } from '../scenario/plan.ts';
import { STEER_LEAD_MS } from '../schedule/warp.ts';
import { asked } from './cluster-book.ts';
import type { RunPlace } from './cluster-run.ts';
import { checkIsOpen, notOpen } from './take-over.ts';

export type SteerOrder =
  /** From then on schedule time passes at this slope: 0 is a pause. */
  | { readonly type: 'rate'; readonly slope: number }
  /** The end: phones take their leave; the second time everything stops at once. */
  | { readonly type: 'abort' };

/** What an order comes to. */
export interface Steered {
  /** Seconds since the start. */
  readonly fromSecond: number;
  /** From now, seconds. */
  readonly inSeconds: number;
  /** Null: not an end. */
  readonly stop: 'drain' | 'now' | null;
}

/** On top of the lead that Redis asks for: the way to it. */
const MARGIN_MS = 300;
/** Others may steer at the same time. */
const ATTEMPTS = 5;

/** Throws `run-unknown`, `run-not-open` before the start is ordered and after the end, `redis-unreachable`. */
export async function steerRun({ url, run }: RunPlace, order: SteerOrder): Promise<Steered> {
  const redis = await openRedis(url);
  try {
    const { offsetMs } = (await asked(redis, () => ServerClock.measure(redis))).estimate;
    const nowMs = (): number => monotonicMilliseconds() + offsetMs;
    return order.type === 'abort'
      ? await abort(redis, run, nowMs)
      : await setRate(redis, run, order.slope, nowMs);
  } finally {
    redis.disconnect();
  }
}

async function setRate(redis: Redis, run: string, slope: number, nowMs: () => number): Promise<Steered> {
  const store = new RedisRampStore<RunPlan>(redis, run);
  for (let attempt = 1; ; attempt++) {
    const { startAtMs, steers, stop } = await armedState(redis, run);
    if (stop !== null) throw notOpen(run, 'has been ordered to end');
    const behind = (steers.at(-1)?.fromMs ?? startAtMs) + 1;
    const fromMs = Math.max(nowMs() + STEER_LEAD_MS + MARGIN_MS, behind);
    try {
      await store.steer(fromMs, slope);
      return { fromSecond: (fromMs - startAtMs) / 1000, inSeconds: (fromMs - nowMs()) / 1000, stop: null };
    } catch (error) {
      if (attempt === ATTEMPTS || !isConflict(error)) throw error;
    }
  }
}

async function abort(redis: Redis, run: string, nowMs: () => number): Promise<Steered> {
  const { startAtMs, stop: before } = await armedState(redis, run);
  const stop = before === null ? 'drain' : 'now';
  const atMs = nowMs() + (stop === 'drain' ? STEER_LEAD_MS : 0);
  await new RedisRampStore<RunPlan>(redis, run).stop(stop, atMs);
  return { fromSecond: (atMs - startAtMs) / 1000, inSeconds: Math.max(0, (atMs - nowMs()) / 1000), stop };
}

async function armedState(
  redis: Redis,
  run: string,
): Promise<RampState<RunPlan> & { readonly startAtMs: number }> {
  const state = await checkIsOpen(redis, run);
  const { startAtMs } = state;
  if (startAtMs === null) throw notOpen(run, 'has not been started yet');
  return { ...state, startAtMs };
}

function isConflict(error: unknown): boolean {
  return error instanceof BootstormError && error.code === 'schedule-conflict';
}
