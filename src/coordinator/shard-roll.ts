/** The shards of a run as the coordinator has them: who has spoken, who has finished, whose phones are lost. */
import { aggregate, supersedes } from '../metrics/aggregate.ts';
import type { PlannedWave } from '../metrics/run-facts.ts';
import type { RunState } from '../metrics/run-state.ts';
import type { PlannedShard } from '../metrics/shard-part.ts';
import type { ShardSnapshot } from '../metrics/shard-snapshot.ts';
import { secondOf } from '../metrics/step-curve.ts';
import { shardSize } from '../schedule/shards.ts';
import { NewsWatch } from './news-watch.ts';

type Part = { -readonly [Key in keyof PlannedShard]: PlannedShard[Key] } & { epoch: number };

export interface LostShards {
  readonly agent: string;
  readonly shards: readonly number[];
  readonly phones: number;
  /** Since the start. */
  readonly second: number;
}

export class ShardRoll {
  /** Of phones that began anew. */
  readonly #restarts: Omit<PlannedWave, 'phones'>[] = [];
  /** Of each shard the grant that counts. */
  readonly #parts: Part[];
  /** Grants that were lost and begun anew. */
  readonly #replaced: Part[] = [];
  readonly #snapshots = new Map<number, ShardSnapshot>();
  readonly #replacedSnapshots: ShardSnapshot[] = [];
  readonly #prepared = new Set<number>();
  readonly #finished = new Set<number>();
  readonly #news = new NewsWatch();
  #state: RunState | null = null;

  constructor(shards: number, phones: number) {
    this.#parts = Array.from({ length: shards }, (_, shard) => ({
      shard,
      epoch: 1,
      phones: shardSize({ index: shard, of: shards }, phones),
      lostAtSecond: null,
    }));
  }

  get size(): number {
    return this.#parts.length;
  }

  /** The run as its latest snapshots have it. */
  get state(): RunState {
    this.#state ??= aggregate(
      [...this.#parts, ...this.#replaced],
      [...this.#snapshots.values(), ...this.#replacedSnapshots],
    );
    return this.#state;
  }

  /** See `NewsWatch`. */
  get lostSnapshots(): number {
    return this.#news.lost;
  }

  /** To be told often whether news could have come. */
  look(nowMs: number, canHear: boolean): void {
    this.#news.look(nowMs, canHear);
  }

  /**
   * Waves of phones that began anew, behind those of the plan. They are of those that had had power: the others of
   * their shards still have their time in the plan.
   */
  restartsAfter(planned: number): PlannedWave[] {
    const { waves } = this.state.recovery;
    return this.#restarts.map((wave, i) => ({ ...wave, phones: waves[planned + i]?.phones ?? 0 }));
  }

  get isPrepared(): boolean {
    return this.#parts.every(({ shard }) => this.#prepared.has(shard));
  }

  /** Of every shard: it is lost, its agent has ended it, or each of its phones is in service or has failed for good. */
  get everyPhoneIsDecided(): boolean {
    return this.#parts.every(({ shard, phones, lostAtSecond }) => {
      if (lostAtSecond !== null) return true;
      const snapshot = this.#snapshots.get(shard);
      if (snapshot === undefined) return phones === 0;
      const { ready, failed } = snapshot.phones;
      return snapshot.ledgerClosed || (snapshot.power.eventsLeft === 0 && ready + failed === phones);
    });
  }

  /** Every shard has finished, or is lost. */
  get isOver(): boolean {
    return this.#parts.every(({ shard, lostAtSecond }) => this.#finished.has(shard) || lostAtSecond !== null);
  }

  /** As in `state`, without the sum of all: asked for with each snapshot. */
  get ledgerIsClosed(): boolean {
    return this.#parts.every(
      ({ shard, lostAtSecond }) => lostAtSecond !== null || this.#snapshots.get(shard)?.ledgerClosed === true,
    );
  }

  prepared(shard: number): void {
    this.#prepared.add(shard);
  }

  /** Whether the snapshot told something new: one of an older grant does not. */
  take(snapshot: ShardSnapshot): boolean {
    const part = this.#parts[snapshot.shard];
    if (part === undefined) return false;
    if (snapshot.epoch < part.epoch) return this.#takeReplaced(snapshot);
    if (!supersedes(snapshot, this.#snapshots.get(snapshot.shard))) return false;
    // A coordinator that has taken the run over learns of later grants from what they say.
    part.epoch = snapshot.epoch;
    this.#snapshots.set(snapshot.shard, snapshot);
    if (part.lostAtSecond === null && !snapshot.ledgerClosed) this.#news.heard(part.shard);
    else this.#news.heardLast(part.shard);
    this.#state = null;
    return true;
  }

  /** What a coordinator that has taken the run over finds of a grant that was replaced before its time. */
  #takeReplaced(snapshot: ShardSnapshot): boolean {
    const isThis = ({ shard, epoch }: { shard: number; epoch: number }): boolean =>
      shard === snapshot.shard && epoch === snapshot.epoch;
    if (!this.#replaced.some(isThis) || this.#replacedSnapshots.some(isThis)) return false;
    this.#replacedSnapshots.push(snapshot);
    this.#state = null;
    return true;
  }

  finished(shard: number): void {
    this.#finished.add(shard);
    this.#news.heardLast(shard);
  }

  /** The shards that have not closed their ledger. */
  silent(): number[] {
    return this.#parts
      .filter(({ shard }) => this.#snapshots.get(shard)?.ledgerClosed !== true)
      .map(({ shard }) => shard);
  }

  /** Those of these shards whose phones are lost by this: no shard is lost twice, nor after its end. */
  lose(agent: string, shards: readonly number[], second: number): LostShards {
    const lost = this.#parts.filter(
      ({ shard, lostAtSecond }) =>
        shards.includes(shard) && lostAtSecond === null && !this.#finished.has(shard),
    );
    for (const part of lost) {
      part.lostAtSecond = secondOf(second * 1000);
      this.#news.forget(part.shard);
    }
    this.#state = null;
    return {
      agent,
      shards: lost.map(({ shard }) => shard),
      phones: lost.reduce((sum, { phones }) => sum + phones, 0),
      second,
    };
  }

  /** Lost shards begin anew: what was measured of them stays, their phones count with the new grant. */
  restart({ agent, shards }: LostShards, startSeconds: number): void {
    this.#restarts.push({ name: `restart of ${agent}`, startSeconds, isRestart: true });
    for (const part of this.#parts) {
      if (!shards.includes(part.shard)) continue;
      this.#replaced.push({ ...part, phones: 0 });
      const snapshot = this.#snapshots.get(part.shard);
      if (snapshot !== undefined) this.#replacedSnapshots.push(snapshot);
      this.#snapshots.delete(part.shard);
      this.#prepared.delete(part.shard);
      part.epoch += 1;
      part.lostAtSecond = null;
    }
    this.#state = null;
  }
}
