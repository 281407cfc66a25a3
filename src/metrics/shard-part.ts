import type { ShardSnapshot } from './shard-snapshot.ts';
import { type CurvePoints, endAt } from './step-curve.ts';

/** A shard of the plan, and what became of it. */
export interface PlannedShard {
  readonly shard: number;
  /** 0 for an epoch of the shard that was lost and begun anew: its phones count with the newer one. */
  readonly phones: number;
  /** Which grant of the shard this is; absent: the newest that has spoken. */
  readonly epoch?: number;
  /** Second since the run's start at which its agent was lost; absent or null while it is not. */
  readonly lostAtSecond?: number | null;
}

/** A shard's part of the run: its latest snapshot, if it has spoken. */
export interface ShardPart {
  readonly shard: PlannedShard;
  readonly snapshot: ShardSnapshot | undefined;
  /** Its phones went with its agent at this second: what it counted stays, what it had is gone. Null: they did not. */
  readonly lostAtSecond: number | null;
}

/** A curve of the shard, which ends where the shard was lost. */
export function cutIfLost({ lostAtSecond }: ShardPart, curve: CurvePoints): CurvePoints {
  return lostAtSecond === null ? curve : endAt(curve, lostAtSecond);
}
