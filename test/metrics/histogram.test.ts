import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUCKET_SECONDS } from '../../src/metrics/metric.ts';
import { Histogram } from '../../src/metrics/histogram.ts';

/** Durations over the whole range and beyond both of its ends, ms: uniform in the exponent. */
const duration = fc.double({ min: -4, max: 8.5, noNaN: true }).map((exponent) => 10 ** exponent);
const durations = fc.array(duration, { maxLength: 200 });

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

/** The answer that a histogram approximates: the value of that rank in the sorted list. */
function slowQuantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(q * sorted.length - 1e-9)) - 1] as number;
}

describe('Histogram', () => {
  it('has no quantile and no count when nothing was recorded', () => {
    const histogram = new Histogram();
    expect(histogram.quantile(0.5)).toBeNull();
    expect(histogram.quantileOf(0, 0.5)).toBeNull();
    expect(histogram.countAtOrBelow(1000)).toBe(0);
    expect(histogram).toMatchObject({ count: 0, sum: 0, max: 0 });
  });

  it('gives quantiles that are never too low and at most 1 % too high', () => {
    const inRange = fc.double({ min: -2, max: 7, noNaN: true }).map((exponent) => 10 ** exponent);
    fc.assert(
      fc.property(
        fc.array(inRange, { minLength: 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, q) => {
          const exact = slowQuantile(values, q);
          const found = histogramOf(values).quantile(q) as number;
          expect(found).toBeGreaterThanOrEqual(exact * (1 - 1e-12));
          expect(found).toBeLessThanOrEqual(exact * 1.01);
        },
      ),
    );
  });

  it('keeps count and maximum exact, outside the range too', () => {
    fc.assert(
      fc.property(durations, (values) => {
        const histogram = histogramOf(values);
        expect(histogram.count).toBe(values.length);
        expect(histogram.max).toBe(Math.max(0, ...values));
        expect(histogram.quantile(1)).toBe(values.length === 0 ? null : Math.max(...values));
      }),
    );
  });

  it('merges to what recording everything in one gives', () => {
    fc.assert(
      fc.property(durations, durations, (a, b) => {
        const merged = histogramOf(a).merge(histogramOf(b)).toSparse();
        const together = histogramOf([...a, ...b]).toSparse();
        expect({ ...merged, sum: 0 }).toEqual({ ...together, sum: 0 });
        expect(merged.sum).toBeCloseTo(together.sum, 3);
      }),
    );
  });

  it('survives the way through JSON', () => {
    fc.assert(
      fc.property(durations, (values) => {
        const sparse = histogramOf(values).toSparse();
        const copy = Histogram.fromSparse(JSON.parse(JSON.stringify(sparse)));
        expect(copy.toSparse()).toEqual(sparse);
      }),
    );
  });

  it('counts exactly at the edges of every classic bucket', () => {
    const edges = BUCKET_SECONDS.map((seconds) => seconds * 1000);
    const around = edges.flatMap((edge) => [edge * (1 - 1e-9), edge, edge * (1 + 1e-9)]);
    const histogram = histogramOf(around);
    edges.forEach((edge, index) => {
      expect(histogram.countAtOrBelow(edge), `le ${edge} ms`).toBe(3 * index + 2);
    });
  });

  it('counts exactly at any edge of three digits', () => {
    fc.assert(
      fc.property(
        durations,
        fc.integer({ min: 101, max: 1000 }),
        fc.integer({ min: -2, max: 4 }),
        (values, digits, exponent) => {
          const edge = exponent < 0 ? digits / 10 ** -exponent : digits * 10 ** exponent;
          const slow = values.filter((value) => value <= edge).length;
          expect(histogramOf([...values, edge]).countAtOrBelow(edge)).toBe(slow + 1);
        },
      ),
    );
  });

  it('tells when a fraction of a larger total was reached, and that it was not', () => {
    const histogram = histogramOf([1000, 2000, 3000]);
    expect(histogram.quantileOf(4, 0.5)).toBe(2000);
    expect(histogram.quantileOf(4, 0.75)).toBe(3000);
    expect(histogram.quantileOf(4, 0.9)).toBeNull();
    expect(histogram.quantileOf(3, 1)).toBe(3000);
  });

  it('asks for the seventh of a hundred at 7 %, whatever floating point says', () => {
    const histogram = histogramOf(Array.from({ length: 100 }, (_, index) => index + 101));
    expect(0.07 * 100).toBeGreaterThan(7);
    expect(histogram.quantile(0.07)).toBe(107);
  });

  it('takes a negative duration as none, and refuses what is not a number', () => {
    const histogram = histogramOf([-5]);
    expect(histogram).toMatchObject({ count: 1, sum: 0, max: 0 });
    expect(histogram.quantile(0.5)).toBe(0);
    expect(() => histogram.record(Number.NaN)).toThrow(RangeError);
  });

  it('stays small as plain data', () => {
    const histogram = new Histogram();
    for (let i = 0; i < 10_000; i += 1) histogram.record(100 + (i % 20));
    expect(histogram.toSparse().bins.length).toBeLessThanOrEqual(42);
  });
});
