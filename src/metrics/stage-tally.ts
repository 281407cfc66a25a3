import { Histogram } from './histogram.ts';
import type { StageSnapshot } from './shard-snapshot.ts';

/** One stage, over all phones of a shard. */
export class StageTally {
  attempts = 0;
  #failures = 0;
  #failedMs = 0;
  readonly #latency = new Histogram();
  readonly #fromIntendedStart = new Histogram();

  /** The first pass of a phone since power return. */
  passed(latencyMs: number, fromIntendedStartMs: number): void {
    this.#latency.record(latencyMs);
    this.#fromIntendedStart.record(fromIntendedStartMs);
  }

  /** A try failed after so long. */
  failed(durationMs: number): void {
    this.#failures += 1;
    this.#failedMs += durationMs;
  }

  snapshot(): StageSnapshot {
    return {
      attempts: this.attempts,
      failures: this.#failures,
      failedMs: this.#failedMs,
      latency: this.#latency.toSparse(),
      fromIntendedStart: this.#fromIntendedStart.toSparse(),
    };
  }
}
