/**
 * How well a run knows a percentile of its own phones, and the difference of two. Order statistics: the count of values at
 * or below the true quantile is binomial, so two of the values enclose it with a known probability, whatever the
 * distribution (Hahn, Meeker: Statistical Intervals, chapter 5).
 */

/** Pairs [upper edge, count], ascending. */
export type Bins = readonly (readonly [number, number])[];

export interface Interval {
  readonly low: number;
  /** Null: so few values that the largest does not bound it. */
  readonly high: number | null;
}

/** Probability outside the interval on each side: 95 % are inside. */
const TAIL = 0.025;

/**
 * The 95 % interval of the quantile `q` of `total` values, at the edges of the bins that hold its ends; values that are
 * in no bin are larger than all that are. Null: no value is at its lower end, or it is that of the largest value, of which
 * no sample tells how large it may be. Where the values are not of one distribution, as of phones that start one after the
 * other, the count is less spread than a binomial one (Hoeffding 1956), and the interval too wide rather than too narrow.
 */
export function quantileInterval(bins: Bins, q: number, total = countOf(bins)): Interval | null {
  const count = countOf(bins);
  if (count === 0 || q >= 1) return null;
  const { lower, upper } = ranksOf(total, q);
  if (lower > count) return null;
  return { low: lower < 1 ? 0 : binOf(bins, lower).from, high: upper > count ? null : binOf(bins, upper).to };
}

function countOf(bins: Bins): number {
  return bins.reduce((sum, [, n]) => sum + n, 0);
}

/**
 * The 95 % interval of b - a from theirs, by the method of variance estimates recovery (Zou, Donner 2008): as far from the
 * difference as the distances of the ends, taken as independent, add up. Null: an end is not known.
 */
export function differenceInterval(
  a: Interval & { readonly value: number },
  b: Interval & { readonly value: number },
): { readonly low: number; readonly high: number } | null {
  if (a.high === null || b.high === null) return null;
  const difference = b.value - a.value;
  return {
    low: difference - Math.hypot(b.value - b.low, a.high - a.value),
    high: difference + Math.hypot(b.high - b.value, a.value - a.low),
  };
}

/** The largest rank that lies below the quantile but for the tail, and the smallest above it: 0 and count + 1 are none. */
function ranksOf(count: number, q: number): { lower: number; upper: number } {
  const { first, weights } = binomialWeights(count, q);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let lower = first;
  for (let below = 0, i = 0; i < weights.length; i += 1) {
    below += weights[i] as number;
    if (below > TAIL * total) break;
    lower = first + i + 1;
  }
  let upper = first + weights.length;
  for (let above = 0, i = weights.length - 1; i >= 0; i -= 1) {
    above += weights[i] as number;
    if (above > TAIL * total) break;
    upper = first + i;
  }
  // P(successes < lower) and P(successes >= upper) are the tails; the upper end is the value of that rank.
  return { lower, upper };
}

/** Relative weights below this change no tail of 2.5 %. */
const NEGLIGIBLE = 1e-15;

/** Probabilities of `first`, `first` + 1 ... successes in `count` trials, up to a common factor, from the likeliest outwards. */
function binomialWeights(count: number, q: number): { first: number; weights: number[] } {
  const mode = Math.min(count, Math.floor((count + 1) * q));
  const odds = q / (1 - q);
  const up: number[] = [];
  for (let k = mode, weight = 1; k < count && weight > NEGLIGIBLE; k += 1) {
    weight *= ((count - k) / (k + 1)) * odds;
    up.push(weight);
  }
  const down: number[] = [];
  for (let k = mode, weight = 1; k > 0 && weight > NEGLIGIBLE; k -= 1) {
    weight *= k / ((count - k + 1) * odds);
    down.push(weight);
  }
  return { first: mode - down.length, weights: [...down.toReversed(), 1, ...up] };
}

/** The bin that holds the value of a rank, from 1: it is above `from` and at most `to`. */
function binOf(bins: Bins, rank: number): { from: number; to: number } {
  let seen = 0;
  let from = 0;
  for (const [to, count] of bins) {
    seen += count;
    if (seen >= rank) return { from, to };
    from = to;
  }
  return { from, to: from };
}
