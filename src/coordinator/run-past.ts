/** What a coordinator that takes a run over has to know of it: a fold over the run's log. */
import type { LoggedEntry, StopReason } from './run-log.ts';
import type { LostShards } from './shard-roll.ts';

export interface AgentLoss extends LostShards {
  readonly restarted: boolean;
}

export interface RunPast {
  readonly losses: readonly AgentLoss[];
  /** Steers that are in the log. */
  readonly steers: number;
  /** When the hold ends, seconds since the start; null: it has not begun. */
  readonly holdUntilSecond: number | null;
  readonly stopReason: StopReason | null;
  readonly ledgerClosed: boolean;
  readonly isOver: boolean;
}

export function pastOf(entries: readonly LoggedEntry[]): RunPast {
  const losses: AgentLoss[] = [];
  let steers = 0;
  let holdUntilSecond: number | null = null;
  let stopReason: StopReason | null = null;
  let ledgerClosed = false;
  let isOver = false;
  for (const { second, entry } of entries) {
    if (entry.type === 'agentLost') losses.push({ ...entry, second: second ?? 0 });
    if (entry.type === 'steered') steers += 1;
    if (entry.type === 'holding') holdUntilSecond = (second ?? 0) + entry.seconds;
    if (entry.type === 'stopping') stopReason ??= entry.reason;
    if (entry.type === 'ledgerClosed') ledgerClosed = true;
    if (entry.type === 'ended') isOver = true;
  }
  return { losses, steers, holdUntilSecond, stopReason, ledgerClosed, isOver };
}
