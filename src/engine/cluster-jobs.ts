/**
 * The queue of a run's shards in BullMQ, which delivers each grant once and records its end. It decides nothing else:
 * no job is tried again, none is taken for stalled, and a lock outlasts every run.
 */
import { randomUUID } from 'node:crypto';
import { type Job, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { KEEP_SECONDS, type RunKeys } from '../redis/run-keys.ts';
import { queueConnection } from '../redis/connection.ts';
import { SHARD_QUEUE, type ShardJob } from './cluster-contract.ts';

/** Connections that do not close by then are cut. */
const CLOSE_LIMIT_MS = 2000;

export interface TakenJob {
  readonly data: ShardJob;
  /** Records the end. What keeps it from being recorded is no trouble of the run: its result travels elsewhere. */
  ended(failure: string | null): Promise<void>;
}

export class ShardJobs {
  readonly #redis: Redis;
  readonly #worker: Worker<ShardJob>;
  readonly #token = randomUUID();

  constructor(url: string, keys: RunKeys, agent: string) {
    this.#redis = new Redis({ ...queueConnection(url), replyMapping: 'legacy' });
    // Without a listener an error of a connection, which comes back by itself, would end the process.
    this.#redis.on('error', () => {});
    this.#worker = new Worker<ShardJob>(SHARD_QUEUE, null, {
      connection: this.#redis,
      prefix: keys.queue,
      name: agent,
      autorun: false,
      skipStalledCheck: true,
      maxStalledCount: 0,
      lockDuration: KEEP_SECONDS * 1000,
    });
    this.#worker.on('error', () => {});
  }

  /** The next job; null: there is none. Waits for a Redis that is away. */
  async next(): Promise<TakenJob | null> {
    const job = (await this.#worker.getNextJob(this.#token, { block: false })) as Job<ShardJob> | undefined;
    if (job === undefined) return null;
    return { data: job.data, ended: (failure) => this.#record(job, failure) };
  }

  async close(): Promise<void> {
    const closed = this.#worker.close(true).catch(() => {});
    let limit: NodeJS.Timeout | undefined;
    await Promise.race([closed, new Promise((resolve) => (limit = setTimeout(resolve, CLOSE_LIMIT_MS)))]);
    clearTimeout(limit);
    this.#redis.disconnect();
  }

  async #record(job: Job<ShardJob>, failure: string | null): Promise<void> {
    try {
      if (failure === null) await job.moveToCompleted('finished', this.#token, false);
      else await job.moveToFailed(new Error(failure), this.#token, false);
    } catch {
      // Redis has lost its data or is away.
    }
  }
}
