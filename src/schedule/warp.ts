import { BootstormError } from '../errors.ts';

/**
 * From wall time to schedule time, steerable while a run lasts. Phones are due in schedule time, which never changes;
 * what changes is how fast it goes by: slope 1 is real time, 0 a pause, 2 twice as fast.
 *
 *     schedule                      ____/   segment 3: slope 1
 *     time               __________/        segment 2: slope 0, a pause
 *                     .-'
 *                  .-'                      segment 1: slope 1
 *        ---------'------------------------> wall time
 *                 armed
 *
 * The map is piecewise linear, continuous and monotone. A steer appends a segment ahead of time; nothing that has
 * passed ever changes, so two workers that hold different versions agree on everything before the newest segment.
 */
export interface WarpSegment {
  /** 1 for the first segment; each steer adds one. */
  readonly version: number;
  /** Where the segment begins, milliseconds on the run's common clock. */
  readonly fromWallMs: number;
  /** Schedule milliseconds for each wall millisecond; never negative. */
  readonly slope: number;
}

/** Segments in order, each with the schedule time of its beginning. Plain data; never mutated. */
export type Warp = readonly (WarpSegment & { readonly fromScheduleMs: number })[];

/** How far ahead of now a steer must lie, so that every worker learns of it in time. */
export const STEER_LEAD_MS = 2000;

/** Schedule time 0 is at `fromWallMs`. */
export function startWarp(fromWallMs: number, slope = 1): Warp {
  checkSlope(slope);
  return [{ version: 1, fromWallMs, slope, fromScheduleMs: 0 }];
}

/**
 * A warp with one more segment. Throws `schedule-conflict` where the segment would change what has passed or is about
 * to: a version that is not the next one (somebody else steered), or a beginning less than `leadMs` after `nowWallMs`
 * or before the last segment's.
 */
export function steerWarp(warp: Warp, segment: WarpSegment, nowWallMs: number, leadMs = STEER_LEAD_MS): Warp {
  checkSlope(segment.slope);
  const last = lastSegment(warp);
  if (segment.version !== last.version + 1) {
    throw new BootstormError(
      'schedule-conflict',
      `steer has version ${segment.version}, the schedule is at ${last.version}`,
      { hint: 'read the schedule again, then steer', retryable: true },
    );
  }
  const earliestMs = Math.max(nowWallMs + leadMs, last.fromWallMs);
  if (segment.fromWallMs < earliestMs) {
    throw new BootstormError(
      'schedule-conflict',
      `steer begins ${earliestMs - segment.fromWallMs} ms too early: what has passed cannot change`,
      { hint: `steer at least ${leadMs} ms ahead, and after every earlier steer`, retryable: true },
    );
  }
  const fromScheduleMs = last.fromScheduleMs + (segment.fromWallMs - last.fromWallMs) * last.slope;
  return [...warp, { ...segment, fromScheduleMs }];
}

/** A warp from the segments that travel between processes. Throws `schedule-conflict` if they are out of order. */
export function warpOf(segments: readonly WarpSegment[]): Warp {
  const [first, ...steers] = segments;
  if (first === undefined || first.version !== 1) {
    throw new BootstormError('schedule-conflict', 'the schedule has no first segment');
  }
  let warp = startWarp(first.fromWallMs, first.slope);
  for (const steer of steers) warp = steerWarp(warp, steer, steer.fromWallMs, 0);
  return warp;
}

/** Schedule time at a wall time, milliseconds; negative before the start. */
export function scheduleMsAt(warp: Warp, wallMs: number): number {
  for (let i = warp.length - 1; i >= 0; i--) {
    const segment = warp[i];
    if (segment !== undefined && wallMs >= segment.fromWallMs) {
      return segment.fromScheduleMs + (wallMs - segment.fromWallMs) * segment.slope;
    }
  }
  return wallMs - (warp[0]?.fromWallMs ?? 0);
}

/**
 * The first wall time at which the schedule has come to `scheduleMs`. Infinite while the schedule is paused before it.
 */
export function wallMsAt(warp: Warp, scheduleMs: number): number {
  if (scheduleMs <= 0) return (warp[0]?.fromWallMs ?? 0) + scheduleMs;
  for (let i = 0; i < warp.length; i++) {
    const segment = warp[i];
    const next = warp[i + 1];
    if (segment === undefined || (next !== undefined && next.fromScheduleMs < scheduleMs)) continue;
    if (segment.slope === 0) continue;
    const wallMs = segment.fromWallMs + (scheduleMs - segment.fromScheduleMs) / segment.slope;
    return next === undefined ? wallMs : Math.min(wallMs, next.fromWallMs);
  }
  return Number.POSITIVE_INFINITY;
}

function lastSegment(warp: Warp): Warp[number] {
  const last = warp.at(-1);
  if (last === undefined) throw new BootstormError('schedule-conflict', 'the schedule has not started');
  return last;
}

function checkSlope(slope: number): void {
  if (!(slope >= 0 && Number.isFinite(slope))) {
    throw new RangeError(`a schedule cannot run at ${slope} times real time`);
  }
}
