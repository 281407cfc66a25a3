import { Histogram } from './histogram.ts';
import type { TransferOutcome, TransferSnapshot } from './shard-snapshot.ts';

/** Files that the phones of a shard asked for by TFTP. */
export class TransferTally {
  readonly #outcomes: Record<TransferOutcome, number> = { received: 0, 'not-found': 0, failed: 0 };
  readonly #latency = new Histogram();
  #bytes = 0;

  /** `bytes` and duration count where the file was received. */
  ended(outcome: TransferOutcome, bytes: number, durationMs: number): void {
    this.#outcomes[outcome] += 1;
    if (outcome !== 'received') return;
    this.#bytes += bytes;
    this.#latency.record(durationMs);
  }

  snapshot(): TransferSnapshot {
    return { outcomes: { ...this.#outcomes }, bytes: this.#bytes, latency: this.#latency.toSparse() };
  }
}
