/** What passes between the coordinator and an agent, besides the shared schedule, over the IPC channel. */
import type { TransportedError } from '../drivers/transported-error.ts';
import type { WorkerMessage, ShardResult } from './worker-contract.ts';

/** Coordinator to agent. */
export interface PrepareOrder {
  readonly type: 'prepare';
  readonly shards: readonly ShardGrant[];
  readonly shardCount: number;
}

export interface ShardGrant {
  readonly shard: number;
  readonly epoch: number;
  readonly relayAddress: string | null;
  /** See `ShardRunnerOptions`. */
  readonly vanish: boolean;
}

/** Agent to coordinator. */
export type AgentMessage =
  | WorkerMessage
  | { readonly type: 'finished'; readonly result: ShardResult }
  | { readonly type: 'failed'; readonly shard: number | null; readonly error: TransportedError };
