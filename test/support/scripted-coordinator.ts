/** A coordinator of a run on many machines that does what a test says, and reads what agents write. */
import { setTimeout as pause } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import {
  type Beat,
  CLUSTER_PROTOCOL,
  type ClusterTerms,
  type DeliveredResult,
  type OpenRun,
  SHARD_QUEUE,
  type ShardJob,
} from '../../src/engine/cluster-contract.ts';
import { type PhoneRow, readRows, type RowChunk } from '../../src/metrics/phone-rows.ts';
import type { ShardSnapshot } from '../../src/metrics/shard-snapshot.ts';
import { RedisRampStore } from '../../src/ramp/redis-ramp-store.ts';
import { RunLease } from '../../src/ramp/run-lease.ts';
import { readChunks } from '../../src/redis/chunks.ts';
import { queueConnection } from '../../src/redis/connection.ts';
import { unpack } from '../../src/redis/packing.ts';
import { OPEN_RUNS, runKeys, type RunKeys } from '../../src/redis/run-keys.ts';
import { compilePlan } from '../../src/scenario/compile.ts';
import { loadScenario } from '../../src/scenario/load.ts';
import type { RunPlan } from '../../src/scenario/plan.ts';
import { afterEachTest } from './clean-up.ts';
import type { RedisServer } from './redis-server.ts';

const LOOK_INTERVAL_MS = 50;
const LONGEST_TEST_MS = 3_600_000;
const queues: { readonly queue: Queue; readonly redis: Redis }[] = [];

afterEachTest(() => {
  for (const { queue, redis } of queues.splice(0)) {
    queue.close().catch(() => {});
    redis.disconnect();
  }
});

/** Phones that need nobody: every step is left out. */
export function lonelyPlan(flags: Readonly<Record<string, string>> = {}): RunPlan {
  const skip = 'power,image,vlan,dhcp,ctl,config,callManager';
  return compilePlan(loadScenario({ flags: { skip, phones: '6', ...flags } }));
}

export class ScriptedCoordinator {
  readonly run: string;
  readonly keys: RunKeys;
  readonly redis: Redis;
  readonly lease: RunLease;
  readonly store: RedisRampStore<RunPlan>;
  readonly #queue: Queue;

  private constructor(run: string, redis: Redis, lease: RunLease, queue: Queue) {
    this.run = run;
    this.keys = runKeys(run);
    this.redis = redis;
    this.lease = lease;
    this.store = new RedisRampStore(redis, run, { lease });
    this.#queue = queue;
  }

  static async start(server: RedisServer, run = 'monday'): Promise<ScriptedCoordinator> {
    const redis = await server.client();
    const lease = await RunLease.acquire(redis, run, 'test', 'new');
    // Nobody renews it, however long a test takes.
    await redis.pexpire(runKeys(run).lease, LONGEST_TEST_MS);
    const forQueue = new Redis({ ...queueConnection(server.url), replyMapping: 'legacy' });
    const queue = new Queue(SHARD_QUEUE, { connection: forQueue, prefix: runKeys(run).queue });
    queue.on('error', () => {});
    queues.push({ queue, redis: forQueue });
    return new ScriptedCoordinator(run, redis, lease, queue);
  }

  async open(agents: number, other: Partial<OpenRun> = {}): Promise<void> {
    const run: OpenRun = { run: this.run, version: VERSION, protocol: CLUSTER_PROTOCOL, agents, ...other };
    await this.redis.hset(OPEN_RUNS, this.run, JSON.stringify(run));
  }

  /** Terms, plan, and a job for each shard. */
  async publish(plan: RunPlan, terms: Partial<ClusterTerms> = {}): Promise<void> {
    const usual = { threads: 1, mostThreads: 1, agents: 1, stopStartsWhenAlone: false };
    const all: ClusterTerms = { ...usual, ...terms };
    await this.store.publish(plan);
    await this.redis.set(this.keys.terms, JSON.stringify(all));
    const shards = all.agents * all.threads;
    for (let shard = 0; shard < shards; shard++) await this.grant(shard, 1, shards);
  }

  async grant(shard: number, epoch: number, shards: number, job: Partial<ShardJob> = {}): Promise<void> {
    await this.redis.hset(this.keys.epochs, shard, epoch);
    await this.offer(shard, epoch, shards, job);
  }

  /** A job alone, whatever the present grant of its shard is. */
  async offer(shard: number, epoch: number, shards: number, job: Partial<ShardJob> = {}): Promise<void> {
    await this.#queue.add('shard', { shard, shards, epoch, vanish: false, restart: null, ...job });
  }

  /** Jobs that nobody has taken, or not yet ended. */
  async waitingJobs(): Promise<number> {
    return this.#queue.getJobCountByTypes('waiting');
  }

  async finishedJobs(): Promise<number> {
    return this.#queue.getJobCountByTypes('completed');
  }

  async nowMs(): Promise<number> {
    const [seconds, microseconds] = await this.redis.time();
    return Number(seconds) * 1000 + Number(microseconds) / 1000;
  }

  async arm(leadMs = 0): Promise<void> {
    await this.store.arm((await this.nowMs()) + leadMs);
  }

  async stop(kind: 'drain' | 'now' = 'drain'): Promise<void> {
    await this.store.stop(kind, await this.nowMs());
  }

  async beats(): Promise<Beat[]> {
    return Object.values(await this.redis.hgetall(this.keys.beats)).map((text) => JSON.parse(text) as Beat);
  }

  async beatOf(agent: string): Promise<Beat | undefined> {
    return (await this.beats()).find((beat) => beat.agent === agent);
  }

  async snapshots(): Promise<ShardSnapshot[]> {
    return this.#packed(this.keys.snapshots);
  }

  async results(): Promise<DeliveredResult[]> {
    return this.#packed(this.keys.results);
  }

  /** Rows of the phones of a shard. */
  async rows({ shard, rows }: DeliveredResult): Promise<PhoneRow[]> {
    const chunks = rows === null ? null : await readChunks(this.redis, `${this.keys.rows}:${shard}`, rows);
    return ((chunks ?? []) as RowChunk[]).flatMap(readRows);
  }

  /** Takes over every result that there is. */
  async takeResults(): Promise<DeliveredResult[]> {
    const results = await this.results();
    for (const { shard, snapshot } of results) await this.redis.hset(this.keys.taken, shard, snapshot.epoch);
    return results;
  }

  /** Looks until there is something; the test's own limit ends what never comes. */
  async until<Found>(look: () => Promise<Found | undefined | null | false>): Promise<Found> {
    for (;;) {
      const found = await look().catch(() => null);
      if (found !== undefined && found !== null && found !== false) return found;
      await pause(LOOK_INTERVAL_MS);
    }
  }

  /** A beat of the agent for which this holds. */
  async beatWhere(agent: string, holds: (beat: Beat) => boolean): Promise<Beat> {
    return this.until(async () => {
      const beat = await this.beatOf(agent);
      return beat !== undefined && holds(beat) ? beat : null;
    });
  }

  async #packed<T>(key: string): Promise<T[]> {
    const packed = await this.redis.hgetallBuffer(key);
    return Object.values(packed).map((value) => unpack(value) as T);
  }
}

/** Of the agents of a test. */
export const VERSION = '1.2.3';

export const MACHINE = {
  host: 'here',
  version: VERSION,
  cpus: 2,
  descriptorLimit: 1024,
  blackholeObstacle: null,
  relays: null,
} as const;
