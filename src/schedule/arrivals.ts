import type { Ramp } from './ramp.ts';

/**
 * When power returns to phone `index` (its position in the whole plan, from 0), in seconds of schedule time: the
 * ramp's inverse. Monotone in `index`, and exact up to the rounding of a double. Infinite for a phone that the ramp
 * does not reach.
 */
export function startSeconds(ramp: Ramp, index: number): number {
  if (ramp.type === 'allAtOnce') return 0;
  let stageBegins = 0;
  let rest = index;
  for (const { durationSeconds, phones } of ramp.stages) {
    if (rest < phones) return stageBegins + (durationSeconds * rest) / phones;
    stageBegins += durationSeconds;
    rest -= phones;
  }
  return Number.POSITIVE_INFINITY;
}

/**
 * How many of the first `phones` phones have power at `seconds`: those whose start is not later. Always in step with
 * `startSeconds`, also where rounding would have it otherwise.
 */
export function phonesStarted(ramp: Ramp, phones: number, seconds: number): number {
  let low = 0;
  let high = phones;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (startSeconds(ramp, middle) <= seconds) low = middle + 1;
    else high = middle;
  }
  return low;
}
