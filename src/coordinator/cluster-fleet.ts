/**
 * Agents on other machines, by way of Redis. One look each second: what agents say becomes calls of the listener, and
 * who says nothing while Redis answers is lost. While Redis does not answer nothing is decided.
 */
import { monotonicMilliseconds } from '../drivers/clock.ts';
import type { ShardRestart } from '../engine/agent-contract.ts';
import { BEAT_INTERVAL_MS, type Beat, type ShardJob, SILENCE_LIMIT_MS } from '../engine/cluster-contract.ts';
import { BootstormError } from '../errors.ts';
import type { FleetAgent } from '../metrics/agent-facts.ts';
import type { AgentFleet, FleetListener } from './agent-fleet.ts';
import { ClusterAgents, type Loss } from './cluster-agents.ts';
import {
  type ClusterLook,
  fetchAllSnapshots,
  fetchResults,
  fetchSnapshots,
  keepSnapshots,
  lookAtAgents,
} from './cluster-look.ts';
import type { ClusterRun } from './cluster-run.ts';
import { redisFailure } from '../redis/connection.ts';
import { Liveness } from './liveness.ts';
import { Outage } from './outage.ts';
import { RowRoll } from './row-roll.ts';
import type { LoggedEntry, RunLogEntry } from './run-log.ts';
import type { StandingOrders } from './standing-orders.ts';

/** Has the shards that no agent has. */
const NOBODY = 'no agent';
/** Two looks. */
const HEARD_MS = 2 * BEAT_INTERVAL_MS;
/** Looks after which every agent has told a Redis that had lost its data what it has. */
const LOOKS_TO_BE_TOLD = 3;

export interface ClusterFleetOptions {
  readonly run: ClusterRun;
  readonly shardCount: number;
  /** See `ShardRunnerOptions`. */
  readonly vanish: boolean;
  /** Of the run log, which is kept in Redis as well. */
  readonly entries: readonly LoggedEntry[];
  /** Another coordinator has handed the shards out. */
  readonly isResumed: boolean;
}

export class ClusterFleet implements AgentFleet {
  readonly store: StandingOrders;
  readonly rows = new RowRoll();
  readonly shardCount: number;
  /** Every agent looks at the schedule once a second. */
  readonly lead = { startMs: 3000, stopMs: 2000 };
  readonly #options: ClusterFleetOptions;
  readonly #run: ClusterRun;
  readonly #agents: ClusterAgents;
  /** The grants that were handed out, by shard. */
  readonly #jobs = new Map<number, ShardJob>();
  /** Those that nobody has taken. */
  readonly #unclaimed = new Liveness();
  readonly #outage = new Outage();
  #listener: FleetListener | null = null;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> = Promise.resolve();
  #closed = false;
  #knowsPast: boolean;
  /** Looks until grants that nobody has are handed out again; null: there is no need to. */
  #looksToHandAgain: number | null = null;

  constructor(options: ClusterFleetOptions) {
    this.#options = options;
    this.#run = options.run;
    this.shardCount = options.shardCount;
    this.store = options.run.orders;
    this.#agents = new ClusterAgents(options.run.book, options.run.clock.estimate.errorMs);
    this.#knowsPast = !options.isResumed;
  }

  get agents(): readonly FleetAgent[] {
    return this.#agents.views;
  }

  get obstacle(): string | null {
    return this.#outage.message;
  }

  isHeard(nowMs: number): boolean {
    return nowMs - this.#outage.answeredAtMs < HEARD_MS;
  }

  start(listener: FleetListener): void {
    this.#listener = listener;
    const shards = Array.from({ length: this.shardCount }, (_, shard) => shard);
    this.#handFirst(this.#options.isResumed ? this.#ownerless(shards) : shards);
    this.#lookAfter(0);
  }

  shardsOf(agent: string): readonly number[] {
    return this.#run.book.shardsOf(agent);
  }

  canRestart(shards: readonly number[]): boolean {
    const { terms } = this.#run.book;
    return terms !== null && this.#agents.freeSeats(terms.mostThreads) >= shards.length;
  }

  async restart(shards: readonly number[], restart: ShardRestart): Promise<void> {
    for (const shard of shards) this.#unclaimed.expect(String(shard));
    await this.#run.queue.add(this.#grants(shards, restart));
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#looking;
  }

  #grants(shards: readonly number[], restart: ShardRestart | null): ShardJob[] {
    const { shardCount, vanish } = this.#options;
    const jobs = shards.map((shard) => {
      const epoch = this.#run.book.epochs.get(shard) ?? 1;
      return { shard, shards: shardCount, epoch, vanish, restart };
    });
    for (const job of jobs) this.#jobs.set(job.shard, job);
    return jobs;
  }

  /** Of a run that another coordinator began: those that nobody has. Who was lost is expected to be taken again. */
  #ownerless(shards: readonly number[]): number[] {
    const { owners, epochs } = this.#run.book;
    const left = shards.filter((shard) => !owners.has(shard));
    const isFirst = (shard: number): boolean => (epochs.get(shard) ?? 1) === 1;
    for (const shard of left) if (!isFirst(shard)) this.#unclaimed.expect(String(shard));
    return left.filter(isFirst);
  }

  #handFirst(shards: readonly number[]): void {
    this.#run.queue.add(this.#grants(shards, null)).catch((error: unknown) => {
      if (!this.#closed) this.#listener?.lost(NOBODY, shards, redisFailure(error, this.#run.redis));
    });
  }

  #lookAfter(pauseMs: number): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#looking = this.#look().finally(() => this.#lookAfter(BEAT_INTERVAL_MS));
    }, pauseMs);
  }

  async #look(): Promise<void> {
    const { redis, keys } = this.#run;
    try {
      const restored = await this.#run.renew(this.#options.entries);
      if (restored) this.#looksToHandAgain = LOOKS_TO_BE_TOLD;
      const seen = await lookAtAgents(redis, keys);
      const answeredAtMs = monotonicMilliseconds();
      this.#note(this.#outage.answered(answeredAtMs, restored));
      // Agents have not spoken yet to a Redis that had lost its data.
      if (restored) return;
      await this.#take(seen, answeredAtMs);
      if (this.#looksToHandAgain !== null && --this.#looksToHandAgain <= 0) this.#handAgain();
    } catch (error) {
      if (!(error instanceof BootstormError)) throw error;
      if (this.#run.isDeposed) this.#depose(error);
      else this.#note(this.#outage.unanswered(error));
    }
  }

  #depose(error: BootstormError): void {
    this.#closed = true;
    this.#listener?.deposed(error);
  }

  /** Grants that waited in the queue, which Redis has lost. */
  #handAgain(): void {
    const { owners, epochs } = this.#run.book;
    const lost = [...this.#jobs.values()].filter(
      ({ shard, epoch }) => !owners.has(shard) && epochs.get(shard) === epoch,
    );
    this.#looksToHandAgain = null;
    this.#run.queue.add(lost).catch(() => {
      this.#looksToHandAgain = LOOKS_TO_BE_TOLD;
    });
  }

  async #take(seen: ClusterLook, answeredAtMs: number): Promise<void> {
    const news = this.#agents.take(seen, answeredAtMs);
    for (const entry of news.notes) this.#note(entry);
    await this.#takeSnapshots(news.beats);
    const fenced = await this.#takeResults(seen.results);
    for (const loss of [...news.losses, ...fenced, ...this.#unclaimedLosses(answeredAtMs)])
      await this.#lose(loss);
    this.#agents.settle();
  }

  async #takeSnapshots(beats: readonly Beat[]): Promise<void> {
    const { redis, keys, book } = this.#run;
    if (!this.#knowsPast) {
      for (const snapshot of await fetchAllSnapshots(redis, keys)) this.#listener?.snapshot(snapshot);
      this.#knowsPast = true;
    }
    const isPresent = ({ shard, epoch }: Pick<ShardJob, 'shard' | 'epoch'>): boolean =>
      book.epochs.get(shard) === epoch;
    const grants = beats.flatMap((beat) => beat.grants.filter(isPresent));
    const open = grants.filter(({ shard }) => !book.results.has(shard)).map(({ shard }) => shard);
    const snapshots = await fetchSnapshots(redis, keys, open);
    const present = new Set(grants.map(({ shard }) => shard));
    for (const shard of beats.flatMap(({ prepared }) => prepared)) {
      if (present.has(shard)) this.#listener?.prepared(shard);
    }
    for (const snapshot of snapshots) if (isPresent(snapshot)) this.#listener?.snapshot(snapshot);
  }

  /** Gives the shards of those whose phones went while their agent was asleep. */
  async #takeResults(shards: readonly number[]): Promise<Loss[]> {
    const { redis, keys, book } = this.#run;
    const fetched = await fetchResults(
      redis,
      keys,
      shards.filter((shard) => !book.results.has(shard)),
    );
    const present = fetched.filter(({ result }) => book.epochs.get(result.shard) === result.snapshot.epoch);
    const whole = present.filter(({ result }) => result.fencedAfterMs === null);
    await book.take(redis, keys, new Map(whole.map(({ result, packed }) => [result.shard, packed])));
    for (const { result, rows } of whole) {
      for (const chunk of rows) this.rows.take(chunk);
      this.#listener?.finished(result);
    }
    return present
      .filter(({ result }) => result.fencedAfterMs !== null)
      .map(({ result: { shard, fencedAfterMs } }) => {
        const agent = book.owners.get(shard) ?? NOBODY;
        const slept = ((fencedAfterMs ?? 0) / 1000).toFixed(0);
        const message = `${agent} was asleep for ${slept} s and has closed its connections`;
        return { agent, shards: [shard], error: new BootstormError('agent-failed', message) };
      });
  }

  #unclaimedLosses(answeredAtMs: number): Loss[] {
    for (const shard of this.#run.book.owners.keys()) this.#unclaimed.forget(String(shard));
    return this.#unclaimed.look(answeredAtMs, new Map()).map((shard) => {
      this.#unclaimed.forget(shard);
      const message = `no agent took shard ${shard} within ${SILENCE_LIMIT_MS / 1000} s`;
      return {
        agent: NOBODY,
        shards: [Number(shard)],
        error: new BootstormError('agent-failed', message),
      };
    });
  }

  /** What belongs to the grants that are lost is refused before anybody hears of it. */
  async #lose({ agent, shards: named, error }: Loss): Promise<void> {
    const { redis, keys, book } = this.#run;
    // One trouble may have told of them already.
    const shards = named.filter((shard) => (book.owners.get(shard) ?? NOBODY) === agent);
    await keepSnapshots(redis, keys, shards);
    await book.nextGrants(redis, keys, shards);
    if (book.shardsOf(agent).every((shard) => book.results.has(shard))) this.#agents.lost(agent);
    this.#listener?.lost(agent, shards, error);
  }

  #note(entry: RunLogEntry | null): void {
    if (entry !== null) this.#listener?.note(entry);
  }
}
