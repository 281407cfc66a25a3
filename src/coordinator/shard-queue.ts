/** The queue of a run's shards in BullMQ, which delivers each grant once and decides nothing else. */
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { SHARD_QUEUE, type ShardJob } from '../engine/cluster-contract.ts';
import { queueConnection } from '../redis/connection.ts';
import type { RunKeys } from '../redis/run-keys.ts';

export class ShardQueue {
  readonly #redis: Redis;
  readonly #queue: Queue;

  constructor(url: string, keys: RunKeys) {
    this.#redis = new Redis({ ...queueConnection(url), replyMapping: 'legacy' });
    // Without a listener an error of a connection, which comes back by itself, would end the process.
    this.#redis.on('error', () => {});
    this.#queue = new Queue(SHARD_QUEUE, { connection: this.#redis, prefix: keys.queue });
    this.#queue.on('error', () => {});
  }

  /** A grant that is in the queue already stays there once. Waits for a Redis that is away. */
  async add(jobs: readonly ShardJob[]): Promise<void> {
    await this.#queue.addBulk(
      jobs.map((data) => ({
        name: SHARD_QUEUE,
        data,
        opts: { attempts: 1, jobId: `shard-${data.shard}-${data.epoch}` },
      })),
    );
  }

  /** Removes the queue from Redis. */
  async obliterate(): Promise<void> {
    await this.#queue.obliterate({ force: true });
  }

  disconnect(): void {
    this.#queue.close().catch(() => {});
    this.#redis.disconnect();
  }
}
