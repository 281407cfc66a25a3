import { type Distribution, sampleSeconds } from '../random/distribution.ts';
import type { RandomPurpose } from '../random/counter-random.ts';

/** What the random part of a shape is drawn with: the same draw gives the same times. */
export interface Draw {
  readonly seed: number;
  /** Which power return of the run it is: 0 is the first start. */
  readonly round: number;
  /** What a device takes by itself (a switch that boots, a port that detects a phone) is divided by this. */
  readonly compression: number;
}

/** More power cycles than this cannot be told apart within a round. */
export const MOST_CYCLES = 1000;

/** Seconds for one feeder, switch or phone. `cycle` tells apart what is drawn several times in a round. */
export function drawSeconds(
  { seed, round }: Draw,
  distribution: Distribution,
  unit: number,
  purpose: RandomPurpose,
  cycle = 0,
): number {
  return sampleSeconds(distribution, seed, unit, purpose, round * MOST_CYCLES + cycle);
}
