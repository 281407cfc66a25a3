import { type RandomPurpose, uniform01 } from './counter-random.ts';

/** How long something takes, in seconds, where it differs from phone to phone. */
export type Distribution =
  | { readonly type: 'constant'; readonly seconds: number }
  /** Uniform in [min, max). */
  | { readonly type: 'uniform'; readonly min: number; readonly max: number }
  /** Normal, cut to [min, max] (by clamping; default bounds are 0 and no upper bound). */
  | {
      readonly type: 'normal';
      readonly mean: number;
      readonly sd: number;
      readonly min?: number | undefined;
      readonly max?: number | undefined;
    };

/** A value in seconds, never negative: a pure function of its arguments. */
export function sampleSeconds(
  distribution: Distribution,
  seed: number,
  phone: number,
  purpose: RandomPurpose,
  attempt = 0,
): number {
  switch (distribution.type) {
    case 'constant':
      return distribution.seconds;
    case 'uniform': {
      const { min, max } = distribution;
      return min + (max - min) * uniform01(seed, phone, purpose, attempt);
    }
    case 'normal': {
      // Box-Muller; the second uniform is drawn from an attempt number that no caller uses.
      const radius = Math.sqrt(-2 * Math.log(1 - uniform01(seed, phone, purpose, attempt)));
      const angle = 2 * Math.PI * uniform01(seed, phone, purpose, ~attempt);
      return clampSeconds(distribution, distribution.mean + distribution.sd * radius * Math.cos(angle));
    }
  }
}

/** The largest value that is to be planned for: the bound, or four standard deviations. */
export function longestSeconds(distribution: Distribution): number {
  switch (distribution.type) {
    case 'constant':
      return distribution.seconds;
    case 'uniform':
      return distribution.max;
    case 'normal':
      return clampSeconds(distribution, distribution.mean + 4 * distribution.sd);
  }
}

function clampSeconds(bounds: { min?: number | undefined; max?: number | undefined }, value: number): number {
  return Math.min(bounds.max ?? Number.POSITIVE_INFINITY, Math.max(bounds.min ?? 0, value));
}
