/**
 * Snapshots that are lost: a shard that lives says something once a second, and its news may take two seconds by way of
 * its agent and Redis, each of which looks once a second. Every whole second of silence beyond those is a snapshot
 * that was lost, whether it was never made or never came. It counts once the shard is heard again: whoever died in its
 * silence has lost phones, which the ledger has, and no snapshots. Silence is counted as for agents (see liveness.ts):
 * a look that comes late counts for no more than one in time, and where nobody can be heard every silence begins anew.
 * Pure.
 */

/** Two looks of those who hand a snapshot on. */
const BY_DESIGN_MS = 2000;
/** Between two looks. */
const MOST_COUNTED_MS = 150;

export class NewsWatch {
  /** How long each shard that lives has been silent, ms. */
  readonly #silences = new Map<number, number>();
  #lookedAtMs: number | null = null;
  #lost = 0;

  /** Snapshots that were lost so far. */
  get lost(): number {
    return this.#lost;
  }

  /** There is news of the shard, and there will be more. */
  heard(shard: number): void {
    this.heardLast(shard);
    this.#silences.set(shard, 0);
  }

  /** It has told all. */
  heardLast(shard: number): void {
    const silentMs = this.#silences.get(shard) ?? 0;
    this.#lost += Math.max(0, Math.floor((silentMs - BY_DESIGN_MS) / 1000));
    this.#silences.delete(shard);
  }

  /** It died, nobody knows when. */
  forget(shard: number): void {
    this.#silences.delete(shard);
  }

  /** @param canHear whether news could have come since the last look */
  look(nowMs: number, canHear: boolean): void {
    const passedMs = Math.min(nowMs - (this.#lookedAtMs ?? nowMs), MOST_COUNTED_MS);
    this.#lookedAtMs = nowMs;
    for (const [shard, silentMs] of this.#silences)
      this.#silences.set(shard, canHear ? silentMs + passedMs : 0);
  }
}
