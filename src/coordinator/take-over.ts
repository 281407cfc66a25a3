/** Taking over a run whose coordinator has ended. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { BootstormError } from '../errors.ts';
import type { RampState } from '../ramp/ramp-store.ts';
import { RedisRampStore } from '../ramp/redis-ramp-store.ts';
import { LEASE_MS, RunLease } from '../ramp/run-lease.ts';
import { openRedis } from '../redis/connection.ts';
import { runKeys } from '../redis/run-keys.ts';
import type { RunPlan } from '../scenario/plan.ts';
import { readClusterLog } from './cluster-log.ts';
import { ClusterRun, coordinatorName, type RunPlace } from './cluster-run.ts';
import type { LoggedEntry } from './run-log.ts';
import { pastOf } from './run-past.ts';

export interface TakenRun {
  readonly run: ClusterRun;
  readonly plan: RunPlan;
  /** Instants of this machine. */
  readonly state: RampState<RunPlan>;
  readonly entries: readonly LoggedEntry[];
}

export type PublishedRun = RampState<RunPlan> & { readonly plan: RunPlan };

const LOOK_INTERVAL_MS = 500;

/**
 * Waits until the lease of the coordinator before has run out, then takes it. Throws `run-unknown`, `run-not-open` for
 * one that has no plan yet or is over, `run-coordinated` while its coordinator is alive, `redis-unreachable`.
 */
export async function takeRunOver(
  place: RunPlace,
  version: string,
  say: (line: string) => void,
): Promise<TakenRun> {
  const redis = await openRedis(place.url);
  try {
    await checkIsOpen(redis, place.run);
    const lease = await acquire(redis, place.run, say);
    // The coordinator before this one may have come to its end in the meantime.
    const { plan } = await checkIsOpen(redis, place.run).catch(async (error: unknown) => {
      await lease.release();
      throw error;
    });
    const run = await ClusterRun.resume(place, redis, lease, version);
    const state = await run.orders.read();
    return { run, plan, state, entries: await readClusterLog(redis, run.keys) };
  } catch (error) {
    redis.disconnect();
    throw error;
  }
}

/** A run that can be taken over, or steered; gives its state on the clock of Redis. */
export async function checkIsOpen(redis: Redis, run: string): Promise<PublishedRun> {
  const state = await new RedisRampStore<RunPlan>(redis, run).read();
  const { plan } = state;
  if (plan === null) throw notOpen(run, 'has no plan yet: its agents have not all joined');
  const { isOver } = pastOf(await readClusterLog(redis, runKeys(run)));
  if (isOver) throw notOpen(run, 'is over');
  return { ...state, plan };
}

export function notOpen(run: string, what: string): BootstormError {
  return new BootstormError('run-not-open', `run ${run} ${what}`, {
    hint: 'the report of a run is written by its coordinator, see its folder in bootstorm-results',
  });
}

async function acquire(redis: Redis, run: string, say: (line: string) => void): Promise<RunLease> {
  const deadlineMs = performance.now() + LEASE_MS + 2 * LOOK_INTERVAL_MS;
  for (let isFirst = true; ; isFirst = false) {
    try {
      return await RunLease.acquire(redis, run, coordinatorName(), 'attach');
    } catch (error) {
      const isHeld = error instanceof BootstormError && error.code === 'run-coordinated';
      if (!isHeld || performance.now() > deadlineMs) throw error;
      if (isFirst) say(`${error.message}: waiting for the end of its lease, ${LEASE_MS / 1000} s at most`);
      await pause(LOOK_INTERVAL_MS);
    }
  }
}
