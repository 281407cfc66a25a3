/**
 * The shared schedule: what everybody who takes part in a run reads, and the coordinator writes. One contract for
 * one process, for processes over IPC and threads over message ports, and for machines over Redis.
 *
 * Instants are milliseconds on the schedule clock: CLOCK_MONOTONIC of the machine, which all its processes share, or
 * the clock of Redis, see `clocked-ramp-store.ts`.
 */

import { type Warp, warpOf } from '../schedule/warp.ts';

/** From `fromMs` on, schedule time passes at `slope` (0: pause, 2: twice as fast). Never in the past. */
export interface Steer {
  readonly fromMs: number;
  readonly slope: number;
}

/** Wall time to schedule time, from the start of a run on, both in milliseconds. */
export function warpSinceStart(startAtMs: number, steers: readonly Steer[]): Warp {
  const later = steers.map(({ fromMs, slope }, i) => ({
    version: i + 2,
    fromWallMs: fromMs - startAtMs,
    slope,
  }));
  return warpOf([{ version: 1, fromWallMs: 0, slope: 1 }, ...later]);
}

/** The end of a run: phones that are up take their leave (`drain`), or everything stops at once (`now`). */
export interface Stop {
  readonly kind: 'drain' | 'now';
  readonly atMs: number;
}

export interface RampState<Plan> {
  /** Grows when the schedule had to be written anew, because the place where it was kept had lost it. */
  readonly epoch: number;
  /** Grows by one with every write of an epoch. */
  readonly version: number;
  readonly plan: Plan | null;
  /** When schedule time is 0; null until the run is armed. */
  readonly startAtMs: number | null;
  readonly steers: readonly Steer[];
  readonly stop: Stop | null;
}

/** Whether a state is newer than another. */
export function isNewer(state: RampState<unknown>, than: RampState<unknown>): boolean {
  return state.epoch === than.epoch ? state.version > than.version : state.epoch > than.epoch;
}

export interface RampStore<Plan> {
  /** Once for each run, before anything else. Throws BootstormError `schedule-conflict` the second time. */
  publish(plan: Plan): Promise<void>;
  read(): Promise<RampState<Plan>>;
  /** Sets the common start. Throws `schedule-conflict` when there is no plan or a start already. */
  arm(startAtMs: number): Promise<void>;
  /** Appends a change of slope. Throws `schedule-conflict` when it does not lie behind the last one. */
  steer(fromMs: number, slope: number): Promise<void>;
  /** Orders the end. `now` overrides `drain`; nothing overrides `now`. */
  stop(kind: Stop['kind'], atMs: number): Promise<void>;
  /** Level-triggered: the present state first, then every newer one; states may be skipped. */
  watch(listener: (state: RampState<Plan>) => void): () => void;
}
