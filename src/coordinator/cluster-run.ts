/** A run in Redis, and the hold that this coordinator has of it. */
import { hostname } from 'node:os';
import type { Redis } from 'ioredis';
import { CLUSTER_PROTOCOL, type ClusterTerms, type OpenRun } from '../engine/cluster-contract.ts';
import { BootstormError } from '../errors.ts';
import { RedisRampStore } from '../ramp/redis-ramp-store.ts';
import { RunLease } from '../ramp/run-lease.ts';
import { type OpenOptions, openRedis } from '../redis/connection.ts';
import { KEEP_SECONDS, OPEN_RUNS, type RunKeys, runKeys } from '../redis/run-keys.ts';
import { ServerClock } from '../redis/server-clock.ts';
import type { RunPlan } from '../scenario/plan.ts';
import { monotonicMilliseconds } from '../drivers/clock.ts';
import { asked, ClusterBook } from './cluster-book.ts';
import { writeClusterLog } from './cluster-log.ts';
import type { LoggedEntry } from './run-log.ts';
import { ShardQueue } from './shard-queue.ts';
import { StandingOrders } from './standing-orders.ts';

/** What is put away at the end does not hold the report up for longer, ms. */
const END_LIMIT_MS = 5000;
/** Every agent looks at the schedule within it, and half as much remains. */
const ARM_LEAD_MS = 1500;
/** A Redis that is only just starting is waited for, ms. */
const REDIS_PATIENCE_MS = 15_000;

/** A place in Redis for a run. */
export interface RunPlace {
  readonly url: string;
  readonly run: string;
}

export class ClusterRun {
  readonly id: string;
  readonly keys: RunKeys;
  readonly redis: Redis;
  readonly lease: RunLease;
  readonly clock: ServerClock;
  readonly orders: StandingOrders;
  readonly book: ClusterBook;
  readonly queue: ShardQueue;
  readonly #inRedis: RedisRampStore<RunPlan>;
  readonly #open: OpenRun;
  #deposed = false;
  #ending: Promise<void> | null = null;
  /** Redis has lost its data, and has not confirmed all of them again. */
  #isIncomplete = false;

  private constructor(
    { url, run }: RunPlace,
    redis: Redis,
    parts: Pick<ClusterRun, 'lease' | 'clock' | 'book'>,
    open: Pick<OpenRun, 'agents' | 'version'>,
  ) {
    this.id = run;
    this.redis = redis;
    this.lease = parts.lease;
    this.clock = parts.clock;
    this.book = parts.book;
    this.keys = runKeys(run);
    this.#open = { run, protocol: CLUSTER_PROTOCOL, ...open };
    this.#inRedis = new RedisRampStore<RunPlan>(redis, run, {
      lease: parts.lease,
      armLeadMs: ARM_LEAD_MS,
    });
    this.orders = new StandingOrders(this.#inRedis, parts.clock.estimate.offsetMs);
    this.queue = new ShardQueue(url, this.keys);
  }

  /** A new run, which looks for agents from now on. Throws `run-id-used`, `redis-unreachable` and its kin. */
  static async open(
    place: RunPlace,
    open: Pick<OpenRun, 'agents' | 'version'>,
    waiting: Pick<OpenOptions, 'onWait' | 'signal'> = {},
  ): Promise<ClusterRun> {
    const redis = await openRedis(place.url, { patienceMs: REDIS_PATIENCE_MS, ...waiting });
    try {
      const lease = await RunLease.acquire(redis, place.run, coordinatorName(), 'new');
      const clock = await asked(redis, () => ServerClock.measure(redis));
      const run = new ClusterRun(place, redis, { lease, clock, book: new ClusterBook() }, open);
      await run.book.write(redis, run.keys, run.#open);
      await forgetDeadRuns(redis);
      return run;
    } catch (error) {
      redis.disconnect();
      throw error;
    }
  }

  /** @param lease that was taken of a run that its coordinator has left */
  static async resume(place: RunPlace, redis: Redis, lease: RunLease, version: string): Promise<ClusterRun> {
    const clock = await asked(redis, () => ServerClock.measure(redis));
    const book = await ClusterBook.read(redis, runKeys(place.run));
    return new ClusterRun(place, redis, { lease, clock, book }, { agents: book.members.size, version });
  }

  /** All agents have joined: says what they have to know before they take a shard. */
  async settle(terms: ClusterTerms, shards: number): Promise<void> {
    this.book.terms = terms;
    for (let shard = 0; shard < shards; shard++) this.book.epochs.set(shard, 1);
    await this.book.write(this.redis, this.keys, this.#open);
  }

  get isDeposed(): boolean {
    return this.#deposed;
  }

  /**
   * Keeps the lease, and gives Redis again what it has lost. True: it had lost something. Throws `run-coordinated` when
   * the run is in other hands, `redis-unreachable`.
   */
  async renew(entries: readonly LoggedEntry[]): Promise<boolean> {
    const { redis, keys } = this;
    const kept = await this.lease.renew(this.#inRedis.latest);
    if (kept.state === 'lost') throw this.#depose(kept.holder);
    if (kept.state === 'gone') {
      this.#isIncomplete = true;
      await this.book.write(redis, keys, this.#open);
      await this.#restoreSchedule();
    }
    await this.orders.repeat();
    await writeClusterLog(redis, keys, entries);
    const isRestored = this.#isIncomplete;
    this.#isIncomplete = false;
    return isRestored;
  }

  async #restoreSchedule(): Promise<void> {
    try {
      await this.orders.restore();
    } catch (error) {
      if (error instanceof BootstormError && error.code === 'schedule-conflict')
        throw this.#depose('another');
      throw error;
    }
  }

  #depose(holder: string): BootstormError {
    this.#deposed = true;
    return new BootstormError('run-coordinated', `run ${this.id} is coordinated by ${holder} now`, {
      hint: 'its agents go on; the report is that of the other coordinator',
    });
  }

  /** Puts away what is no longer needed, as far as Redis answers; agents of a run that never started are sent home. */
  end(entries: readonly LoggedEntry[]): Promise<void> {
    this.#ending ??= this.#end(entries);
    return this.#ending;
  }

  async #end(entries: readonly LoggedEntry[]): Promise<void> {
    let limit: NodeJS.Timeout | undefined;
    const limited = new Promise<void>((resolve) => {
      limit = setTimeout(resolve, END_LIMIT_MS);
    });
    // What could not be put away expires by itself.
    if (!this.#deposed) await Promise.race([this.#putAway(entries).catch(() => {}), limited]);
    clearTimeout(limit);
    this.#inRedis.close();
    this.queue.disconnect();
    this.redis.disconnect();
  }

  async #putAway(entries: readonly LoggedEntry[]): Promise<void> {
    const { redis, keys } = this;
    await asked(redis, () => redis.hdel(OPEN_RUNS, this.id));
    await this.orders.stop('now', monotonicMilliseconds());
    await writeClusterLog(redis, keys, entries);
    await this.queue.obliterate();
    for (const key of [keys.members, keys.epochs, keys.owners, keys.log])
      await redis.expire(key, KEEP_SECONDS);
    await this.lease.release();
  }
}

/** Of runs whose coordinator ended without a word. */
async function forgetDeadRuns(redis: Redis): Promise<void> {
  const runs = await asked(redis, () => redis.hkeys(OPEN_RUNS));
  for (const run of runs) {
    const isThere = await asked(redis, () => redis.exists(runKeys(run).state));
    if (isThere === 0) await asked(redis, () => redis.hdel(OPEN_RUNS, run));
  }
}

/** How others call this process. */
export function coordinatorName(): string {
  return `${hostname()} (process ${process.pid})`;
}
