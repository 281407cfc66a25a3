/** Who coordinates a run: one at a time, for as long as it renews its lease. */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { BootstormError } from '../errors.ts';
import { redisFailure } from '../redis/connection.ts';
import { KEEP_SECONDS, type RunKeys, runKeys } from '../redis/run-keys.ts';
import type { RampState } from './ramp-store.ts';
import { type RampScript, runScript } from './redis-ramp-scripts.ts';

/** A coordinator that has not renewed for so long may be followed by another, ms. */
export const LEASE_MS = 10_000;

export type LeaseState =
  | { readonly state: 'held' }
  /** Somebody else coordinates now. */
  | { readonly state: 'lost'; readonly holder: string }
  /** Redis has lost the run, or its latest writes: `RedisRampStore.republish` is needed. */
  | { readonly state: 'gone' };

export class RunLease {
  readonly #redis: Redis;
  readonly #keys: RunKeys;
  readonly name: string;
  readonly token: string;
  /** Of the coordinator; grows each time that it publishes the run again. */
  epoch = 0;

  private constructor(redis: Redis, run: string, name: string) {
    this.#redis = redis;
    this.#keys = runKeys(run);
    this.name = name;
    this.token = randomUUID();
  }

  /**
   * The lease of a run that begins (`new`: throws `run-id-used`), or of one that its coordinator has left (`attach`:
   * throws `run-unknown`, or `run-coordinated` while somebody holds it). Throws `redis-unreachable`.
   * @param name how others call this coordinator
   */
  static async acquire(redis: Redis, run: string, name: string, mode: 'new' | 'attach'): Promise<RunLease> {
    const lease = new RunLease(redis, run, name);
    const values = [mode, lease.token, name, LEASE_MS, KEEP_SECONDS];
    const { verdict, detail } = await lease.#script('rampAcquire', ...values);
    if (verdict !== 'ok') throw refusal(run, verdict, detail);
    lease.epoch = Number(detail);
    return lease;
  }

  /** @param seen the newest state that was seen of the run. Throws `redis-unreachable`. */
  async renew(seen: RampState<unknown> | null): Promise<LeaseState> {
    const version = seen?.epoch === this.epoch ? seen.version : 0;
    const values = [this.token, version, LEASE_MS, KEEP_SECONDS];
    const { verdict, detail } = await this.#script('rampRenew', ...values);
    if (verdict === 'lost') return { state: 'lost', holder: detail };
    if (verdict !== 'held') return { state: 'gone' };
    return { state: 'held' };
  }

  /** Somebody else may take the run at once. Throws `redis-unreachable`. */
  async release(): Promise<void> {
    await this.#script('rampRelease', this.token);
  }

  async #script(script: RampScript, ...values: readonly (string | number)[]) {
    try {
      return await runScript(this.#redis, script, this.#keys, ...values);
    } catch (error) {
      throw redisFailure(error, this.#redis);
    }
  }
}

function refusal(run: string, verdict: string, holder: string): BootstormError {
  if (verdict === 'used') {
    return new BootstormError('run-id-used', `Redis has a run ${run} already, of ${holder}`, {
      hint: 'choose another --run-id; one that still goes on, and whose coordinator has ended, `bootstorm attach` takes over',
    });
  }
  if (verdict === 'unknown') return unknownRun(run);
  return new BootstormError('run-coordinated', `run ${run} is coordinated by ${holder}`, {
    hint: `end that process first; its lease runs out ${LEASE_MS / 1000} s after its end`,
    retryable: true,
  });
}

export function unknownRun(run: string): BootstormError {
  return new BootstormError('run-unknown', `Redis has no run ${run}`, {
    hint: 'check the run id, and the database number in the address of Redis',
  });
}
