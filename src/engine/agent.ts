/**
 * An agent: one process with one Piscina pool. It hands each shard that it is granted to a worker as one long task,
 * passes the shared schedule down and the snapshots up, and decides nothing.
 */
import { MessageChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { moduleUrl, typescriptExecArgv } from '../drivers/process-module.ts';
import { type MessageChannelEnd, PortRampStore, serveRampStore } from '../ramp/port-ramp-store.ts';
import type { RampStore } from '../ramp/ramp-store.ts';
import type { AgentMessage, PrepareOrder } from './agent-contract.ts';
import { transportError } from '../drivers/transported-error.ts';
import type { ShardOutcome, ShardTask, WorkerMessage } from './worker-contract.ts';

/** Runs the shards of one order over `channel`; resolves when each of them has finished or failed. */
export async function runAgent(order: PrepareOrder, channel: MessageChannelEnd): Promise<void> {
  const store = new PortRampStore<unknown>(channel);
  const report = (message: AgentMessage): void => channel.postMessage(message);
  const of = { agent: order.agent, shards: order.shardCount, fenceAfterMs: null };
  const pool = new Piscina<ShardTask, ShardOutcome>({
    filename: moduleUrl('workers/phone-shard'),
    execArgv: typescriptExecArgv(),
    minThreads: order.shards.length,
    maxThreads: order.shards.length,
    // Piscina's default ('sync') blocks the thread between tasks and with it every timer and socket of a worker.
    atomics: 'disabled',
  });
  try {
    await Promise.all(order.shards.map((grant) => runShard(pool, { ...grant, ...of }, store, report)));
  } finally {
    store.close();
    await pool.destroy();
  }
}

async function runShard(
  pool: Piscina<ShardTask, ShardOutcome>,
  shard: Omit<ShardTask, 'port'>,
  store: RampStore<unknown>,
  report: (message: AgentMessage) => void,
): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  const stopServing = serveRampStore(store, port1);
  port1.on('message', (message: unknown) => {
    if (isWorkerMessage(message)) report(message);
  });
  try {
    const task: ShardTask = { ...shard, port: port2 };
    const outcome = await pool.run(task, { transferList: [port2] });
    if ('error' in outcome) report({ type: 'failed', ...outcome });
    else report({ type: 'finished', result: outcome });
  } catch (error) {
    report({ type: 'failed', shard: shard.shard, error: transportError(error) });
  } finally {
    stopServing();
    port1.close();
  }
}

function isWorkerMessage(message: unknown): message is WorkerMessage {
  return typeof message === 'object' && message !== null && 'type' in message;
}
