/**
 * Power returns at a constant rate within each of several stages. The area under the rate is the number of phones that
 * have power:
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
export interface StagesShape {
  readonly type: 'stages';
  readonly stages: readonly PowerStage[];
}

export interface PowerStage {
  /** Zero: all phones of the stage at one instant. */
  readonly durationSeconds: number;
  /** Zero: a pause. */
  readonly phones: number;
}

/**
 * When power returns to phone `index` (its position in the whole plan, from 0): the inverse. Monotone in `index`, and
 * exact up to the rounding of a double. Infinite for a phone that the stages do not reach.
 */
export function stagesSeconds({ stages }: StagesShape, index: number): number {
  let stageBegins = 0;
  let rest = index;
  for (const { durationSeconds, phones } of stages) {
    if (rest < phones) return stageBegins + (durationSeconds * rest) / phones;
    stageBegins += durationSeconds;
    rest -= phones;
  }
  return Number.POSITIVE_INFINITY;
}
