import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differenceInterval, quantileInterval } from '../../../src/report/compare/quantile-interval.ts';
import { uniform01 } from '../../../src/random/counter-random.ts';

/** One value a bin: the values themselves. */
const binsOf = (values: readonly number[]): [number, number][] =>
  values.toSorted((a, b) => a - b).map((value) => [value, 1]);

describe('quantileInterval', () => {
  // Ranks from the binomial distribution: P(Bin(n, q) < l) <= 0.025 and P(Bin(n, q) >= u) <= 0.025.
  it.each([
    { count: 100, q: 0.5, lower: 40, upper: 61 },
    { count: 10, q: 0.5, lower: 2, upper: 9 },
    { count: 20, q: 0.9, lower: 15, upper: null },
  ])('of $count values at $q has the exact ranks', ({ count, q, lower, upper }) => {
    const bins = binsOf(Array.from({ length: count }, (_, i) => i + 1));
    // A bin reaches down to the one before it.
    expect(quantileInterval(bins, q)).toEqual({ low: lower - 1, high: upper });
  });

  it('has no upper end where too few values were measured, and is nothing without any', () => {
    expect(quantileInterval([[1, 5]], 0.99)).toEqual({ low: 0, high: null });
    expect(quantileInterval([], 0.5)).toBeNull();
  });

  it('counts what is in no bin as larger than all that is', () => {
    const hundred = binsOf(Array.from({ length: 100 }, (_, i) => i + 1));
    expect(quantileInterval(hundred.slice(0, 70), 0.5, 100)).toEqual(quantileInterval(hundred, 0.5));
    expect(quantileInterval(hundred.slice(0, 60), 0.5, 100)).toEqual({ low: 39, high: null });
    expect(quantileInterval(hundred.slice(0, 30), 0.5, 100)).toBeNull();
  });

  it('is nothing for the largest value: it may be larger next time, nobody knows how much', () => {
    expect(quantileInterval(binsOf([1, 2, 3]), 1)).toBeNull();
  });

  it('encloses the true quantile about as often as it says', () => {
    let inside = 0;
    const trials = 400;
    for (let trial = 0; trial < trials; trial += 1) {
      const values = Array.from({ length: 200 }, (_, i) => uniform01(trial, i, 'image-time'));
      const interval = quantileInterval(binsOf(values), 0.9);
      if (interval !== null && interval.low <= 0.9 && (interval.high ?? 1) >= 0.9) inside += 1;
    }
    expect(inside / trials).toBeGreaterThan(0.93);
    expect(inside / trials).toBeLessThan(1);
  });

  it('holds the sample quantile, whatever the bins, and narrows with the number of values', () => {
    const bins = fc.array(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 40 })), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(bins, fc.constantFrom(0.5, 0.9, 0.99), (steps, q) => {
        let edge = 0;
        const filled = steps.map(([step, count]): [number, number] => [(edge += step), count]);
        const total = filled.reduce((sum, [, count]) => sum + count, 0);
        let seen = 0;
        const found = filled.find(([, count]) => (seen += count) >= Math.ceil(q * total - 1e-9))?.[0] ?? 0;
        const interval = quantileInterval(filled, q);
        expect(interval?.low).toBeLessThan(found);
        const high = interval?.high ?? null;
        if (high !== null) expect(high).toBeGreaterThanOrEqual(found);
        const more = quantileInterval(
          filled.map(([to, count]): [number, number] => [to, count * 100]),
          q,
        );
        expect(more?.low).toBeGreaterThanOrEqual(interval?.low ?? 0);
        expect(more?.high ?? edge).toBeLessThanOrEqual(interval?.high ?? edge);
      }),
    );
  });
});

describe('differenceInterval', () => {
  const a = { value: 10, low: 7, high: 14 };
  const b = { value: 20, low: 16, high: 23 };

  it('adds up the distances that lead the same way', () => {
    // Down: b to its low (4), a to its high (4); up: b to its high (3), a to its low (3).
    expect(differenceInterval(a, b)).toEqual({ low: 10 - Math.hypot(4, 4), high: 10 + Math.hypot(3, 3) });
  });

  it('turns around with its runs, and is not known where an end is not', () => {
    const [there, back] = [differenceInterval(a, b), differenceInterval(b, a)];
    expect(back?.low).toBeCloseTo(-(there?.high ?? 0));
    expect(back?.high).toBeCloseTo(-(there?.low ?? 0));
    expect(differenceInterval({ ...a, high: null }, b)).toBeNull();
  });
});
