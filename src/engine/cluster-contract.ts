/** What passes between the coordinator and agents on other machines, by way of Redis; where it lies: run-keys.ts. */
import type { TransportedError } from '../drivers/transported-error.ts';
import type { AgentState } from '../metrics/agent-facts.ts';
import type { ChunkReference } from '../redis/chunks.ts';
import type { ShardRestart } from './agent-contract.ts';
import type { ShardResult } from './worker-contract.ts';

/** What both sides have to agree on, besides the version of bootstorm: grows when the meaning of a key changes. */
export const CLUSTER_PROTOCOL = 1;

/** A beat, and a look at the beats, this often. */
export const BEAT_INTERVAL_MS = 1000;
/** An agent that was not heard of for so long while Redis answered is lost; one that slept for longer fences itself. */
export const SILENCE_LIMIT_MS = 10_000;
/** The queue of a run in BullMQ, and the name of its jobs. */
export const SHARD_QUEUE = 'shards';

/** A run that looks for agents. */
export interface OpenRun {
  readonly run: string;
  /** Version of bootstorm, and of this contract. */
  readonly version: string;
  readonly protocol: number;
  /** Agents that it wants. */
  readonly agents: number;
}

/** An agent that has joined a run. */
export interface Member {
  readonly name: string;
  /** From 0, its own for the whole run: its place among the addresses. */
  readonly index: number;
  readonly host: string;
  readonly version: string;
  readonly cpus: number;
  /** Open descriptors that its process may have. */
  readonly descriptorLimit: number;
  /** Why its source addresses cannot be made unreachable; null: they can. */
  readonly blackholeObstacle: string | null;
  /** Relay addresses of its own; null: it takes its part of the plan's. */
  readonly relays: number | null;
}

/** Data of a job in the queue: one grant of one shard. */
export interface ShardJob {
  readonly shard: number;
  readonly shards: number;
  readonly epoch: number;
  readonly vanish: boolean;
  readonly restart: ShardRestart | null;
}

/** What Redis has of a shard that has finished. */
export interface DeliveredResult extends ShardResult {
  /** `RowChunk[]` in compressed chunks, see `RunKeys.rows`; null: the plan asks for no rows. */
  readonly rows: ChunkReference | null;
}

/** What every agent of the run has to know before it takes a shard; written when all have joined. */
export interface ClusterTerms {
  /** Shards that an agent runs from the start on. */
  readonly threads: number;
  /** Shards that it may run at most: more where lost shards begin anew on other agents. */
  readonly mostThreads: number;
  readonly agents: number;
  /** Outside the lab: an agent out of contact for `SILENCE_LIMIT_MS` starts no new phone. */
  readonly stopStartsWhenAlone: boolean;
}

/** A sign of life; travels with the snapshots of the agent's shards, absolute like them. */
export interface Beat {
  readonly agent: string;
  /** Grows by one with each beat. */
  readonly sequence: number;
  readonly state: AgentState;
  /** Grants that it has: of each shard the epoch. */
  readonly grants: readonly { readonly shard: number; readonly epoch: number }[];
  /** Those that have bound their endpoints. */
  readonly prepared: readonly number[];
  readonly failures: readonly {
    readonly shard: number | null;
    readonly epoch: number;
    readonly error: TransportedError;
  }[];
  readonly clock: {
    /** Half of the best round trip, ms. */
    readonly errorMs: number;
    /** How far the clock has moved against Redis since it was frozen, ms; null: not measured yet. */
    readonly driftMs: number | null;
  };
  /** It starts no phones, because it was out of contact. */
  readonly holdsStarts: boolean;
  /** How long it was asleep when it fenced itself. */
  readonly sleptMs: number | null;
}
