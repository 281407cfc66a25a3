/** What is known of the processes that boot the phones: from the fleet, from the run log, and from their shards. */
import type { RunState } from './run-state.ts';

export const AGENT_STATES = [
  'joined',
  'preparing',
  'ready',
  'running',
  'finished',
  'lost',
  'fenced',
  'drained',
] as const;

export type AgentState = (typeof AGENT_STATES)[number];

export interface FleetAgent {
  /** Unique in its run. */
  readonly name: string;
  readonly host: string;
  readonly state: AgentState;
  readonly shards: readonly number[];
  /** How far its clock and the coordinator's may differ: half a round trip to Redis each; 0 on one machine, ms. */
  readonly clockErrorMs: number;
  /** How far its clock has moved since the start was armed, ms; null: not measured. */
  readonly clockDriftMs: number | null;
}

/** An agent as report and metrics show it. */
export interface AgentFacts extends FleetAgent {
  /** Those that its shards have in the plan. */
  readonly phones: number;
  /** Of the first of its phones; null: it has started none. */
  readonly firstStartLateMs: number | null;
  /** What happened to it, in a few words; null: nothing. */
  readonly trouble: string | null;
}

/** How far apart the agents started, though they were to start at one instant of their schedule. */
export interface StartSkew {
  /** Between the latest and the earliest, each against its own intended start, ms; null: no agent has started. */
  readonly betweenAgentsMs: number | null;
  /** How far any two of their clocks may differ, ms: the two largest errors together. */
  readonly clockErrorMs: number;
}

/**
 * @param phonesOf how many phones a shard has in the plan
 * @param troubles by name of the agent
 */
export function agentFacts(
  agents: readonly FleetAgent[],
  phonesOf: (shard: number) => number,
  { generator }: Pick<RunState, 'generator'>,
  troubles: ReadonlyMap<string, string>,
): AgentFacts[] {
  return agents.map((agent) => ({
    ...agent,
    phones: agent.shards.reduce((sum, shard) => sum + phonesOf(shard), 0),
    firstStartLateMs: generator.firstStarts.get(agent.name)?.lateMs ?? null,
    trouble: troubles.get(agent.name) ?? null,
  }));
}

export function startSkewOf(
  agents: readonly Pick<AgentFacts, 'firstStartLateMs' | 'clockErrorMs'>[],
): StartSkew {
  const late = agents.flatMap(({ firstStartLateMs }) => firstStartLateMs ?? []);
  const errors = agents.map(({ clockErrorMs }) => clockErrorMs).sort((a, b) => b - a);
  return {
    betweenAgentsMs: late.length === 0 ? null : Math.max(...late) - Math.min(...late),
    clockErrorMs: agents.length < 2 ? 0 : (errors[0] ?? 0) + (errors[1] ?? 0),
  };
}
