/** What passes between an agent and the workers of its pool: one long task for each shard, and a port beside it. */
import type { MessagePort } from 'node:worker_threads';
import type { TransportedError } from '../drivers/transported-error.ts';
import type { RowChunk } from '../metrics/phone-rows.ts';
import type { ShardSnapshot } from '../metrics/shard-snapshot.ts';
import type { ShardGrant } from '../runner/shard-grant.ts';
import type { ShardEnd } from '../runner/shard-runner.ts';

/** Handed to Piscina's `run`. The plan itself comes through the shared schedule on `port`. */
export interface ShardTask extends ShardGrant {
  readonly shards: number;
  /** Name of the agent, unique in the run. */
  readonly agent: string;
  /** A worker that was asleep for longer ends its shard at once, see `ShardResult`; null: never. */
  readonly fenceAfterMs: number | null;
  /** Carries the shared schedule (see port-ramp-store.ts), `WorkerOrder` and `WorkerMessage`. Transferred, not copied. */
  readonly port: MessagePort;
}

/** Agent to worker, on the port. */
export interface WorkerOrder {
  readonly type: 'holdStarts';
  /** Power that is due is withheld until the order is taken back. */
  readonly held: boolean;
}

/** Worker to agent, on the port. */
export type WorkerMessage =
  /** The shard's endpoints are bound and its phones exist: the run can be armed. */
  | { readonly type: 'prepared'; readonly shard: number }
  | { readonly type: 'snapshot'; readonly snapshot: ShardSnapshot }
  /** Where the plan asks for them: when the ledger is closed, before the shard has finished. */
  | { readonly type: 'rows'; readonly chunk: RowChunk };

/** What becomes of a shard, after every phone has taken its leave. */
export interface ShardResult extends ShardEnd {
  readonly shard: number;
}

/**
 * What the task resolves with. An error that is thrown loses its class, code and hint on its way out of the thread
 * (structured clone keeps name, message and stack), so a worker returns it as data.
 */
export type ShardOutcome = ShardResult | { readonly shard: number; readonly error: TransportedError };
