/**
 * How long shards are waited for after the order to end. Only time counts in which they could have been heard: not that
 * of an outage, after which they hear of the order late, not that before a coordinator took the run over, nor that in
 * which its process did not run. Pure: the instants come from outside.
 */
import type { RunPlan } from '../scenario/plan.ts';

/** Longer than agents hold on to their results; then the run ends with what is known, ms. */
const MOST_UNHEARD_MS = 120_000;
/** The time between two looks counts as so much at most, ms. */
const MOST_COUNTED_MS = 1000;

export class EndPatience {
  readonly #limitMs: number;
  #lookedAtMs: number | null = null;
  #heardMs = 0;
  #unheardMs = 0;

  /** Unregistering everybody at the planned pace, and some patience. */
  constructor({ phoneCount, drain }: Pick<RunPlan, 'phoneCount' | 'drain'>) {
    this.#limitMs = (phoneCount / drain.perSecond + drain.patience) * 1000;
  }

  /** To be asked far more often than once a second. */
  isOver(nowMs: number, endedAtMs: number, isHeard: boolean): boolean {
    const sinceMs = Math.max(this.#lookedAtMs ?? nowMs, endedAtMs);
    const passedMs = Math.max(0, Math.min(nowMs - sinceMs, MOST_COUNTED_MS));
    this.#lookedAtMs = nowMs;
    if (isHeard) this.#heardMs += passedMs;
    else {
      this.#heardMs = 0;
      this.#unheardMs += passedMs;
    }
    return this.#heardMs >= this.#limitMs || this.#unheardMs >= MOST_UNHEARD_MS;
  }
}
