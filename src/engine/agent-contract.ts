/** What passes between the coordinator and an agent, besides the shared schedule. */
import type { TransportedError } from '../drivers/transported-error.ts';
import type { ShardGrant } from '../runner/shard-grant.ts';
import type { WorkerMessage, ShardResult } from './worker-contract.ts';

export { type AddressSlice, firstGrant, type ShardGrant, type ShardRestart } from '../runner/shard-grant.ts';

/** Coordinator to a forked agent. */
export interface PrepareOrder {
  readonly type: 'prepare';
  /** Name of the agent, unique in the run. */
  readonly agent: string;
  readonly shards: readonly ShardGrant[];
  readonly shardCount: number;
}

/** Agent to coordinator. */
export type AgentMessage =
  | WorkerMessage
  | { readonly type: 'finished'; readonly result: ShardResult }
  | { readonly type: 'failed'; readonly shard: number | null; readonly error: TransportedError };
