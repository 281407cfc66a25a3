/** What passes between an agent and the workers of its pool: one long task for each shard, and a port beside it. */
import type { MessagePort } from 'node:worker_threads';
import type { TransportedError } from '../drivers/transported-error.ts';
import type { ShardSnapshot } from '../metrics/shard-snapshot.ts';

/** Handed to Piscina's `run`. The plan itself comes through the shared schedule on `port`. */
export interface ShardTask {
  readonly shard: number;
  readonly shards: number;
  /** Grows each time that the shard is granted anew. */
  readonly epoch: number;
  /** giaddr of the shard's relay endpoint; null without DHCP. */
  readonly relayAddress: string | null;
  /** See `ShardRunnerOptions`. */
  readonly vanish: boolean;
  /** Carries the shared schedule (see port-ramp-store.ts) and `WorkerMessage`. Transferred, not copied. */
  readonly port: MessagePort;
}

/** Worker to agent, on the port. */
export type WorkerMessage =
  /** The shard's endpoints are bound and its phones exist: the run can be armed. */
  | { readonly type: 'prepared'; readonly shard: number }
  | { readonly type: 'snapshot'; readonly snapshot: ShardSnapshot };

/** What becomes of a shard, after every phone has taken its leave. */
export interface ShardResult {
  readonly shard: number;
  readonly snapshot: ShardSnapshot;
}

/**
 * What the task resolves with. An error that is thrown loses its class, code and hint on its way out of the thread
 * (structured clone keeps name, message and stack), so a worker returns it as data.
 */
export type ShardOutcome = ShardResult | { readonly shard: number; readonly error: TransportedError };
