/** An agent without phones: it takes shards, beats, and says of their phones what the test tells it. */
import type { Redis } from 'ioredis';
import {
  type Beat,
  type ClusterTerms,
  type Member,
  type ShardJob,
} from '../../src/engine/cluster-contract.ts';
import { ShardJobs } from '../../src/engine/cluster-jobs.ts';
import { claim, deliver, join, sendBeat } from '../../src/engine/cluster-scripts.ts';
import type { AgentState } from '../../src/metrics/agent-facts.ts';
import type { ShardSnapshot } from '../../src/metrics/shard-snapshot.ts';
import { RedisRampStore } from '../../src/ramp/redis-ramp-store.ts';
import { pack } from '../../src/redis/packing.ts';
import { runKeys } from '../../src/redis/run-keys.ts';
import type { RunPlan } from '../../src/scenario/plan.ts';
import { shardSize } from '../../src/schedule/shards.ts';
import { shardOf } from '../metrics/phone-stories.ts';

const LOOK_MS = 200;

export class ScriptedAgent {
  readonly grants: ShardJob[] = [];
  readonly #redis: Redis;
  readonly #run: string;
  readonly #phones: number;
  readonly #jobs: ShardJobs;
  readonly #store: RedisRampStore<RunPlan>;
  readonly #member: Member;
  readonly #refused = new Set<ShardJob>();
  #sequence = 0;
  #snapshots = 0;
  /** A look that was on its way when it died may still end. */
  #isDead = false;
  #timer: NodeJS.Timeout | null = null;
  state: AgentState = 'joined';

  private constructor(redis: Redis, url: string, run: string, member: Member, phones: number) {
    this.#redis = redis;
    this.#run = run;
    this.#phones = phones;
    this.#member = member;
    this.#jobs = new ShardJobs(url, runKeys(run), member.name);
    this.#store = new RedisRampStore(redis, run);
  }

  /** @param phones of the whole run */
  static async join(
    redis: Redis,
    url: string,
    run: string,
    name: string,
    phones: number,
  ): Promise<ScriptedAgent> {
    const wanted = {
      name,
      host: `host-of-${name}`,
      version: 'test',
      cpus: 4,
      descriptorLimit: 100_000,
      blackholeObstacle: null,
      relays: null,
    };
    const seat = await join(redis, runKeys(run), wanted, { seats: 2, wantedIndex: null });
    if (seat.verdict !== 'joined') throw new Error(`${name}: ${seat.verdict}`);
    const agent = new ScriptedAgent(redis, url, run, { ...wanted, index: seat.index }, phones);
    agent.#lookLater();
    return agent;
  }

  /** Without a word, as a process that is killed. */
  async die(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#isDead = true;
    await this.#jobs.close();
  }

  #lookLater(): void {
    if (this.#isDead) return;
    this.#timer = setTimeout(() => {
      // What Redis does not take now is said again.
      this.#look()
        .catch(() => {})
        .finally(() => this.#lookLater());
    }, LOOK_MS);
  }

  async #look(): Promise<void> {
    const keys = runKeys(this.#run);
    const terms = await this.#redis.get(keys.terms);
    const { mostThreads } = (JSON.parse(terms ?? 'null') ?? { mostThreads: 0 }) as ClusterTerms;
    const job = this.grants.length < mostThreads ? await this.#jobs.next() : null;
    if (job !== null && (await claim(this.#redis, keys, job.data, this.#member.name)))
      this.grants.push(job.data);
    const { startAtMs, stop } = await this.#schedule();
    if (this.state !== 'finished')
      this.state = startAtMs !== null ? 'running' : this.grants.length > 0 ? 'ready' : 'joined';
    await this.#speak(startAtMs !== null, stop !== null);
  }

  async #schedule(): Promise<{ startAtMs: number | null; stop: unknown }> {
    const { state } = runKeys(this.#run);
    if ((await this.#redis.exists(state)) === 0) return { startAtMs: null, stop: null };
    return this.#store.read();
  }

  async #speak(started: boolean, ended: boolean): Promise<void> {
    const keys = runKeys(this.#run);
    const present = this.grants.filter((grant) => !this.#refused.has(grant));
    const parts = present.map((grant) => ({
      shard: grant.shard,
      epoch: grant.epoch,
      hasResult: ended,
      snapshot: pack(this.#snapshot(grant, started, ended)),
    }));
    const { refused, missing, taken } = await sendBeat(
      this.#redis,
      keys,
      this.#beat(present),
      this.#member,
      parts,
    );
    for (const grant of present) {
      if (refused.includes(grant.shard)) this.#refused.add(grant);
      if (!missing.includes(grant.shard)) continue;
      const result = { shard: grant.shard, snapshot: this.#snapshot(grant, true, true), fencedAfterMs: null };
      await deliver(this.#redis, keys, { epoch: grant.epoch, result, rows: [] });
    }
    if (ended && present.every(({ shard }) => taken.includes(shard))) this.state = 'finished';
  }

  #beat(present: readonly ShardJob[]): Beat {
    this.#sequence += 1;
    return {
      agent: this.#member.name,
      sequence: this.#sequence,
      state: this.state,
      grants: present.map(({ shard, epoch }) => ({ shard, epoch })),
      prepared: present.map(({ shard }) => shard),
      failures: [],
      clock: { errorMs: 0.1, driftMs: null },
      holdsStarts: false,
      sleptMs: null,
    };
  }

  /** Every phone is in service as soon as the run has started. */
  #snapshot({ shard, shards, epoch }: ShardJob, started: boolean, ledgerClosed: boolean): ShardSnapshot {
    const phones = shardSize({ index: shard, of: shards }, this.#phones);
    const nobody = { notStarted: 0, trying: 0, registered: 0, ready: 0, dropped: 0, failed: 0 };
    this.#snapshots += 1;
    return {
      ...shardOf([], shard).snapshot(),
      epoch,
      sequence: this.#snapshots,
      ledgerClosed,
      phones: { ...nobody, ...(started ? { ready: phones } : { notStarted: phones }) },
      power: { eventsLeft: started ? 0 : phones, vanished: 0, closedInOrder: 0 },
    } as ShardSnapshot;
  }
}
