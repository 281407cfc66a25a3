/**
 * How power returns to a building, as arithmetic. A ramp is a list of stages; within a stage of `durationSeconds` and
 * `phones`, power returns at a constant rate. The area under the rate is the number of phones that have power:
 *
 *     phones
 *      with     stage 1       stage 2 (a pause)   stage 3
 *      power                                        .-'
 *              .-'|                               .-'
 *           .-'   |______________________________.'
 *        .-'
 *     |-----------------------------------------------------> seconds
 *
 * so the inverse of that area gives every phone its exact time (the idea is k6's ramping-arrival-rate executor). Phone
 * j of p in a stage that begins at T and lasts D starts at T + D * j / p: the first one when the stage begins.
 */
export type Ramp =
  | { readonly type: 'allAtOnce' }
  | { readonly type: 'stages'; readonly stages: readonly RampStage[] };

export interface RampStage {
  /** Zero: all phones of the stage at one instant. */
  readonly durationSeconds: number;
  /** Zero: a pause. */
  readonly phones: number;
}

/** How many phones the ramp gives power; an `allAtOnce` ramp takes any number, so this is infinite. */
export function rampPhones(ramp: Ramp): number {
  if (ramp.type === 'allAtOnce') return Number.POSITIVE_INFINITY;
  let phones = 0;
  for (const stage of ramp.stages) phones += stage.phones;
  return phones;
}

/** From the first stage's beginning to the last one's end. */
export function rampSeconds(ramp: Ramp): number {
  if (ramp.type === 'allAtOnce') return 0;
  let seconds = 0;
  for (const stage of ramp.stages) seconds += stage.durationSeconds;
  return seconds;
}
