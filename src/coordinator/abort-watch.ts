/** Whether a threshold that may end the run has been missed: asked once a second of the run, of merged figures. */
import type { RunState } from '../metrics/run-state.ts';
import type { RunLog } from './run-log.ts';

export interface MissedThreshold {
  /** As it was written. */
  readonly threshold: string;
  /** The value, in words. */
  readonly found: string;
}

/** The first threshold for which the run is to end at `second`; null: it goes on. */
export type AbortJudge = (state: RunState, second: number) => MissedThreshold | null;

export class AbortWatch {
  readonly #judge: AbortJudge | null;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(judge: AbortJudge | null) {
    this.#judge = judge;
  }

  /** Whether the run is to end; the reason is logged. */
  isMissed(second: number, stateNow: () => RunState, log: RunLog): boolean {
    if (this.#judge === null || second < 0 || second - this.#askedAt < 1) return false;
    this.#askedAt = second;
    const missed = this.#judge(stateNow(), second);
    if (missed !== null) log.add({ type: 'thresholdMissed', ...missed }, second);
    return missed !== null;
  }
}
