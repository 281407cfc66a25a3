/** What is known of an agent besides what its shards measured. */
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
