/**
 * Snapshots that are lost: a shard that lives says something once a second, and its news may take two seconds by way of
 * its agent and Redis, each of which looks once a second. Every whole second of silence beyond those is a snapshot
 * that was lost, whether it was never made or never came. Silence is counted as for agents (see liveness.ts): a look
 * that comes late counts for no more than one in time, and where nobody can be heard every silence begins anew. Pure.
 */

/** Two looks of those who hand a snapshot on. */
const BY_DESIGN_MS = 2000;
/** Between two looks. */
const MOST_COUNTED_MS = 150;

interface Silence {
  ms: number;
  lost: number;
}

export class NewsWatch {
  readonly #silences = new Map<number, Silence>();
  #lookedAtMs: number | null = null;
  #lost = 0;

  /** Snapshots that were lost so far. */
  get lost(): number {
    return this.#lost;
  }

  /** There is news of the shard: it lives. */
  heard(shard: number): void {
    this.#silences.set(shard, { ms: 0, lost: 0 });
  }

  /** Nothing more is expected of it: it has told all, or is lost. */
  forget(shard: number): void {
    this.#silences.delete(shard);
  }

  /** @param canHear whether news could have come since the last look */
  look(nowMs: number, canHear: boolean): void {
    const passedMs = Math.min(nowMs - (this.#lookedAtMs ?? nowMs), MOST_COUNTED_MS);
    this.#lookedAtMs = nowMs;
    for (const silence of this.#silences.values()) {
      silence.ms = canHear ? silence.ms + passedMs : 0;
      const lost = Math.max(0, Math.floor((silence.ms - BY_DESIGN_MS) / 1000));
      this.#lost += lost - silence.lost;
      silence.lost = lost;
    }
  }
}
