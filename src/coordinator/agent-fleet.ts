/**
 * Agents, wherever they are, as the coordinator sees them: forked processes of this machine (`local-fleet.ts`), or
 * processes of many machines that a Redis connects (`cluster-fleet.ts`).
 */
import type { ShardRestart } from '../engine/agent-contract.ts';
import type { ShardResult } from '../engine/worker-contract.ts';
import type { BootstormError } from '../errors.ts';
import type { FleetAgent } from '../metrics/agent-facts.ts';
import type { ShardSnapshot } from '../metrics/shard-snapshot.ts';
import type { RampStore } from '../ramp/ramp-store.ts';
import type { RunPlan } from '../scenario/plan.ts';
import type { RowRoll } from './row-roll.ts';
import type { RunLogEntry } from './run-log.ts';

export interface FleetListener {
  /** The shard has bound its endpoints. */
  prepared(shard: number): void;
  snapshot(snapshot: ShardSnapshot): void;
  /** The last that is heard of a shard. */
  finished(result: ShardResult): void;
  /** The phones of these shards are gone with their agent. Before the start: the run cannot begin. */
  lost(agent: string, shards: readonly number[], error: BootstormError): void;
  /** Somebody else coordinates the run from now on. */
  deposed(error: BootstormError): void;
  /** What else belongs into the run log. */
  note(entry: RunLogEntry): void;
}

/** How far ahead of now an order has to lie so that every agent hears of it in time, ms. */
export interface FleetLead {
  readonly startMs: number;
  readonly stopMs: number;
}

export interface AgentFleet {
  /** Its instants are those of this machine's CLOCK_MONOTONIC. */
  readonly store: RampStore<RunPlan>;
  readonly shardCount: number;
  readonly agents: readonly FleetAgent[];
  /** Rows of phones, where the plan asks for them: those of a shard are there before it has finished. */
  readonly rows: RowRoll;
  readonly lead: FleetLead;
  /** Why orders do not reach the agents at present; null: they do. */
  readonly obstacle: string | null;
  /** Whether what agents say comes through at present, as far as is known at this instant of CLOCK_MONOTONIC. */
  isHeard(nowMs: number): boolean;
  /** Hands out the shards of the plan that was published. */
  start(listener: FleetListener): void;
  /** The shards whose agent has this name. */
  shardsOf(agent: string): readonly number[];
  /** Whether there are agents that could take these shards besides their own. */
  canRestart(shards: readonly number[]): boolean;
  /** Grants lost shards anew, each with the next epoch. */
  restart(shards: readonly number[], restart: ShardRestart): Promise<void>;
  /** Nothing of the fleet is left on this machine when it resolves; agents elsewhere end by themselves. */
  close(): Promise<void>;
}
