/**
 * A forked agent: one process with one pool of workers. It hands each shard that it is granted to a worker, passes the
 * shared schedule down and the snapshots up, and decides nothing.
 */
import { type MessageChannelEnd, PortRampStore } from '../ramp/port-ramp-store.ts';
import type { PrepareOrder } from './agent-contract.ts';
import { ShardPool } from './shard-pool.ts';

/** Runs the shards of one order over `channel`; resolves when each of them has finished or failed. */
export async function runAgent(order: PrepareOrder, channel: MessageChannelEnd): Promise<void> {
  const store = new PortRampStore<unknown>(channel);
  const threads = order.shards.length;
  const pool = new ShardPool({
    agent: order.agent,
    shards: order.shardCount,
    threads: { least: threads, most: threads },
    fenceAfterMs: null,
    report: (message) => channel.postMessage(message),
  });
  try {
    await Promise.all(order.shards.map((grant) => pool.run(grant, store)));
  } finally {
    store.close();
    await pool.destroy();
  }
}
