/**
 * The workers of an agent: one Piscina pool, in which each shard is one long task. The shared schedule goes down to
 * it and its messages come up, on a port of its own.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { moduleUrl, typescriptExecArgv } from '../drivers/process-module.ts';
import { transportError } from '../drivers/transported-error.ts';
import { serveRampStore } from '../ramp/port-ramp-store.ts';
import type { RampStore } from '../ramp/ramp-store.ts';
import type { AgentMessage, ShardGrant } from './agent-contract.ts';
import type { ShardOutcome, ShardTask, WorkerMessage, WorkerOrder } from './worker-contract.ts';

export interface ShardPoolOptions {
  /** Name of the agent, unique in the run. */
  readonly agent: string;
  /** Shards of the run, over all agents. */
  readonly shards: number;
  /** Shards that begin at once, and those that it may run at most. */
  readonly threads: { readonly least: number; readonly most: number };
  /** See `ShardTask`. */
  readonly fenceAfterMs: number | null;
  /** Hears of a grant until it has finished or failed. */
  readonly report: (message: AgentMessage, grant: ShardGrant) => void;
}

export class ShardPool {
  readonly #options: ShardPoolOptions;
  readonly #pool: Piscina<ShardTask, ShardOutcome>;
  readonly #ports = new Set<MessagePort>();
  #holdsStarts = false;

  constructor(options: ShardPoolOptions) {
    this.#options = options;
    this.#pool = new Piscina({
      filename: moduleUrl('workers/phone-shard'),
      execArgv: typescriptExecArgv(),
      minThreads: options.threads.least,
      maxThreads: options.threads.most,
      // Piscina's default ('sync') blocks the thread between tasks and with it every timer and socket of a worker.
      atomics: 'disabled',
    });
  }

  /** Runs a shard by the schedule in `store`; resolves when it has finished or failed, and that was reported. */
  async run(grant: ShardGrant, store: RampStore<unknown>): Promise<void> {
    const { agent, shards, fenceAfterMs } = this.#options;
    const report = (message: AgentMessage): void => this.#options.report(message, grant);
    const { port1, port2 } = new MessageChannel();
    const stopServing = serveRampStore(store, port1);
    const hear = (message: unknown): void => {
      if (isWorkerMessage(message)) report(message);
    };
    port1.on('message', hear);
    this.#ports.add(port1);
    if (this.#holdsStarts) post(port1, { type: 'holdStarts', held: true });
    try {
      const task: ShardTask = { ...grant, agent, shards, fenceAfterMs, port: port2 };
      const outcome = await this.#pool.run(task, { transferList: [port2] });
      // The outcome came by another way, and may have overtaken what the worker said before.
      for (let last = receiveMessageOnPort(port1); last; last = receiveMessageOnPort(port1))
        hear(last.message);
      if ('error' in outcome) report({ type: 'failed', ...outcome });
      else report({ type: 'finished', result: outcome });
    } catch (error) {
      report({ type: 'failed', shard: grant.shard, error: transportError(error) });
    } finally {
      stopServing();
      this.#ports.delete(port1);
      port1.close();
    }
  }

  /** Power that is due is withheld in every shard, or no longer. */
  holdStarts(held: boolean): void {
    if (held === this.#holdsStarts) return;
    this.#holdsStarts = held;
    for (const port of this.#ports) post(port, { type: 'holdStarts', held });
  }

  /** Ends workers that are still at work, too. */
  async destroy(): Promise<void> {
    await this.#pool.destroy();
  }
}

function post(port: MessagePort, order: WorkerOrder): void {
  port.postMessage(order);
}

function isWorkerMessage(message: unknown): message is WorkerMessage {
  return typeof message === 'object' && message !== null && 'type' in message;
}
