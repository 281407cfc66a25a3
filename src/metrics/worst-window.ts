import { Histogram } from './histogram.ts';

/** Snapshots, one a second, that make a window. */
const WINDOW_SNAPSHOTS = 10;
const PERCENTILE = 0.99;

/**
 * The 99th percentile of the worst ten seconds. A percentile over the whole run would let a long quiet hold hide that the
 * generator stood still while the phones were booting.
 */
export class WorstWindow {
  #window = new Histogram();
  #snapshots = 0;
  #worst: number | null = null;
  /** The highest single value, ms. */
  highest = 0;

  record(ms: number): void {
    this.#window.record(ms);
    if (ms > this.highest) this.highest = ms;
  }

  /** At each snapshot: the worst window so far, ms; null before anything was recorded. */
  read(): number | null {
    const now = this.#window.quantile(PERCENTILE);
    if (now !== null) this.#worst = Math.max(this.#worst ?? 0, now);
    this.#snapshots++;
    if (this.#snapshots % WINDOW_SNAPSHOTS === 0) this.#window = new Histogram();
    return this.#worst;
  }
}
