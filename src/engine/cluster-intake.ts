/** How an agent comes to its shards: the terms of the run, its queue, and the claim of each grant. */
import type { Redis } from 'ioredis';
import { receiveError } from '../drivers/transported-error.ts';
import { BootstormError } from '../errors.ts';
import type { RampState } from '../ramp/ramp-store.ts';
import { redisFailure } from '../redis/connection.ts';
import type { RunKeys } from '../redis/run-keys.ts';
import type { RunPlan } from '../scenario/plan.ts';
import { checkOwnRelays, type MachineAddresses } from './cluster-addresses.ts';
import type { ClusterTerms, Member, ShardJob } from './cluster-contract.ts';
import { ShardJobs, type TakenJob } from './cluster-jobs.ts';
import { claim } from './cluster-scripts.ts';
import { ClusterShards, type ShardEnd } from './cluster-shards.ts';

export interface ShardIntakeOptions {
  readonly redis: Redis;
  readonly url: string;
  readonly keys: RunKeys;
  readonly member: Member;
  readonly own: MachineAddresses;
  readonly say: (line: string) => void;
  /** With instants of this machine and the plan for it; null: not seen yet. */
  readonly schedule: () => RampState<RunPlan> | null;
  /** Something has happened that the coordinator should know. */
  readonly heard: () => void;
  readonly ended: (end: ShardEnd) => void;
}

export class ShardIntake {
  readonly #options: ShardIntakeOptions;
  readonly #taken = new Map<string, TakenJob>();
  #terms: ClusterTerms | null = null;
  #jobs: ShardJobs | null = null;
  #shards: ClusterShards | null = null;
  #isFetching = false;
  #isTaking = false;
  #isClosed = false;
  #failure: BootstormError | null = null;

  constructor(options: ShardIntakeOptions) {
    this.#options = options;
  }

  /** Null: none has come yet. */
  get shards(): ClusterShards | null {
    return this.#shards;
  }

  /** It has every shard that it is to begin with, and each has bound its endpoints. */
  get isReady(): boolean {
    const wanted = this.#terms?.threads ?? Number.POSITIVE_INFINITY;
    return this.#shards !== null && this.#shards.size >= wanted && this.#shards.isPrepared;
  }

  /** A shard is about to begin. */
  get isBusy(): boolean {
    return this.#isTaking;
  }

  get stopsStartsWhenAlone(): boolean {
    return this.#terms?.stopStartsWhenAlone ?? false;
  }

  /** Of a shard that could not be run, or of all. */
  get failure(): BootstormError | null {
    return this.#failure;
  }

  follow(schedule: RampState<RunPlan>): void {
    this.#shards?.follow(schedule);
  }

  /** Once; nothing while they are not written. Throws `redis-unreachable`. */
  async readTerms(): Promise<void> {
    if (this.#terms !== null) return;
    const { redis, keys } = this.#options;
    const text = await redis.get(keys.terms).catch((error: unknown) => {
      throw redisFailure(error, redis);
    });
    if (text !== null) this.#terms = JSON.parse(text) as ClusterTerms;
  }

  /** Takes what the queue has, as far as there is room. */
  fetch(): void {
    if (this.#isFetching || this.#isClosed) return;
    this.#isFetching = true;
    this.#fetchAll().then(
      () => {
        this.#isFetching = false;
      },
      (error: unknown) => {
        this.#isFetching = false;
        // A queue that is closed refuses whoever waits for it; anything else is a bug, and is to be seen.
        if (!this.#isClosed) throw error;
      },
    );
  }

  /** Nothing more is taken: the end was ordered. */
  end(): void {
    this.#isClosed = true;
  }

  /** Workers that do not end by themselves. */
  abandon(error: BootstormError): void {
    this.#shards?.abandon(error);
  }

  async close(): Promise<void> {
    this.end();
    await Promise.all([this.#jobs?.close(), this.#shards?.close()]);
  }

  get #room(): number {
    const schedule = this.#options.schedule();
    if (this.#terms === null || schedule === null) return 0;
    if (schedule.plan === null || schedule.stop !== null) return 0;
    const { threads, mostThreads } = this.#terms;
    if (schedule.startAtMs === null) return threads - (this.#shards?.size ?? 0);
    return mostThreads > threads || this.#shards === null ? mostThreads - (this.#shards?.running ?? 0) : 0;
  }

  async #fetchAll(): Promise<void> {
    const { url, keys, member } = this.#options;
    while (this.#room > 0 && !this.#isClosed) {
      this.#jobs ??= new ShardJobs(url, keys, member.name);
      const job = await this.#jobs.next();
      if (job === null) return;
      // While the queue was waited for, the run has gone on.
      if (this.#room <= 0 || this.#isClosed) return job.ended('it came too late');
      this.#isTaking = true;
      await this.#take(job).finally(() => {
        this.#isTaking = false;
      });
    }
  }

  async #take(job: TakenJob): Promise<void> {
    const { redis, keys, member, say } = this.#options;
    const { shard, epoch } = job.data;
    // A Redis that does not answer does not refuse: the next beat will.
    const isClaimed = await claim(redis, keys, job.data, member.name).catch((error: unknown) => {
      if (error instanceof BootstormError) return true;
      throw error;
    });
    const shards = this.#shardsFor(job.data);
    if (shards === null || !isClaimed || shards.has(job.data)) return job.ended('it was granted anew');
    this.#taken.set(`${shard} ${epoch}`, job);
    say(`shard ${shard} of ${job.data.shards} taken${epoch > 1 ? `, grant ${epoch}` : ''}`);
    shards.take(job.data);
  }

  #shardsFor({ shards }: ShardJob): ClusterShards | null {
    const schedule = this.#options.schedule();
    const terms = this.#terms;
    if (schedule === null || schedule.plan === null || terms === null) return null;
    const { member, own } = this.#options;
    checkOwnRelays(schedule.plan, own, terms.mostThreads);
    this.#shards ??= new ClusterShards(
      {
        agent: member.name,
        plan: schedule.plan,
        shards,
        terms,
        index: member.index,
        own,
        heard: this.#options.heard,
        ended: (end) => this.#onEnd(end),
      },
      schedule,
    );
    return this.#shards;
  }

  #onEnd(end: ShardEnd): void {
    const { shard, epoch } = end.grant;
    if (end.failure !== null) this.#failure ??= receiveError(end.failure, `shard ${shard}`);
    void this.#taken.get(`${shard} ${epoch}`)?.ended(end.failure?.message ?? null);
    this.#options.ended(end);
  }
}
