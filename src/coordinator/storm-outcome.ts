import type { RunState } from '../metrics/run-state.ts';
import type { RunOrigin } from '../scenario/lab-events.ts';
import type { StopReason } from './run-log.ts';

/** Hears the run's instants on CLOCK_MONOTONIC: its start as soon as it is armed, and the begin of the hold. */
export type InstantListener = (origin: RunOrigin, atMs: number) => void;

export interface StormOutcome {
  readonly state: RunState;
  readonly startedUtc: string | null;
  readonly durationSeconds: number;
  readonly reason: StopReason;
}
