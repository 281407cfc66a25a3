import type { LabOrigin, RunOrigin } from '../scenario/lab-events.ts';

/** Instants on one clock, milliseconds; null: not known yet. */
export interface LabOrigins {
  readonly lab: number;
  readonly start: number | null;
  readonly hold: number | null;
}

/** The lab's time, and the run's where a run has told the lab. */
export class LabClock {
  readonly #now: () => number;
  #origins: LabOrigins;

  /** @param now milliseconds on the clock of `origins` */
  constructor(now: () => number, origins: LabOrigins = { lab: 0, start: null, hold: null }) {
    this.#now = now;
    this.#origins = origins;
  }

  get origins(): LabOrigins {
    return this.#origins;
  }

  announce(origin: RunOrigin, atMs: number): void {
    this.#origins = { ...this.#origins, [origin]: atMs };
  }

  /** Milliseconds since the lab was started. */
  readonly now = (): number => this.#now() - this.#origins.lab;

  /** Negative before the origin; null while nobody knows when that is. */
  secondsSince(origin: LabOrigin): number | null {
    const at = this.#origins[origin];
    return at === null ? null : (this.#now() - at) / 1000;
  }
}
