import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Distribution, longestSeconds, sampleSeconds } from '../../src/random/distribution.ts';

const PHONES = 20_000;

function samples(distribution: Distribution): number[] {
  return Array.from({ length: PHONES }, (_, phone) => sampleSeconds(distribution, 7, phone, 'image-time'));
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const distributions: fc.Arbitrary<Distribution> = fc.oneof(
  fc.record({
    type: fc.constant('constant' as const),
    seconds: fc.double({ min: 0, max: 1000, noNaN: true }),
  }),
  fc
    .tuple(fc.double({ min: 0, max: 100, noNaN: true }), fc.double({ min: 0, max: 100, noNaN: true }))
    .map(([min, width]) => ({ type: 'uniform' as const, min, max: min + width })),
  fc.record({
    type: fc.constant('normal' as const),
    mean: fc.double({ min: 0, max: 100, noNaN: true }),
    sd: fc.double({ min: 0, max: 50, noNaN: true }),
    min: fc.option(fc.double({ min: 0, max: 20, noNaN: true }), { nil: undefined }),
    max: fc.option(fc.double({ min: 20, max: 200, noNaN: true }), { nil: undefined }),
  }),
);

describe('sampleSeconds', () => {
  it('is a pure function of its arguments, never negative and within its bounds', () => {
    fc.assert(
      fc.property(distributions, fc.nat(), fc.nat(1e6), fc.nat(100), (distribution, seed, phone, attempt) => {
        const value = sampleSeconds(distribution, seed, phone, 'vlan-time', attempt);
        expect(value).toBe(sampleSeconds(distribution, seed, phone, 'vlan-time', attempt));
        expect(value).toBeGreaterThanOrEqual(0);
        if (distribution.type === 'constant') expect(value).toBe(distribution.seconds);
        else {
          expect(value).toBeGreaterThanOrEqual(distribution.min ?? 0);
          expect(value).toBeLessThanOrEqual(distribution.max ?? Number.POSITIVE_INFINITY);
        }
      }),
    );
  });

  it('has the mean and the spread that it says', () => {
    const uniform = samples({ type: 'uniform', min: 2, max: 6 });
    expect(mean(uniform)).toBeCloseTo(4, 1);
    const normal = samples({ type: 'normal', mean: 45, sd: 5 });
    expect(Math.abs(mean(normal) - 45)).toBeLessThan(0.2);
    const variance = mean(normal.map((value) => (value - 45) ** 2));
    expect(Math.abs(Math.sqrt(variance) - 5)).toBeLessThan(0.2);
  });

  it('differs by seed, purpose and attempt', () => {
    const distribution: Distribution = { type: 'uniform', min: 0, max: 1 };
    const values = [
      sampleSeconds(distribution, 1, 0, 'image-time'),
      sampleSeconds(distribution, 2, 0, 'image-time'),
      sampleSeconds(distribution, 1, 0, 'vlan-time'),
      sampleSeconds(distribution, 1, 0, 'image-time', 1),
    ];
    expect(new Set(values).size).toBe(values.length);
  });
});

describe('longestSeconds', () => {
  it('is hardly ever exceeded, and never for bounded distributions', () => {
    fc.assert(
      fc.property(distributions, fc.nat(), (distribution, seed) => {
        const longest = longestSeconds(distribution);
        let beyond = 0;
        for (let phone = 0; phone < 200; phone++) {
          if (sampleSeconds(distribution, seed, phone, 'power-time') > longest) beyond++;
        }
        expect(beyond).toBeLessThanOrEqual(distribution.type === 'normal' ? 2 : 0);
      }),
    );
  });
});
