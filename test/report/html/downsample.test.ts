import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { downsample } from '../../../src/report/html/downsample.ts';

const curves = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 400 }),
    fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 400, maxLength: 400 }),
  )
  .map(([seconds, values]) =>
    seconds.sort((a, b) => a - b).map((second, i) => [second, values[i] ?? 0] as const),
  );

describe('downsample', () => {
  it('keeps points of the curve in their order, the ends, and at most four for each stretch', () => {
    fc.assert(
      fc.property(curves, fc.integer({ min: 1, max: 60 }), (curve, stretches) => {
        const kept = downsample(curve, stretches);
        const indices = kept.map((point) => curve.indexOf(point));
        expect(indices).toEqual(indices.toSorted((a, b) => a - b));
        expect(new Set(indices).size).toBe(kept.length);
        expect(indices).not.toContain(-1);
        expect([kept[0], kept.at(-1)]).toEqual([curve[0], curve.at(-1)]);
        // The last point has a stretch for itself.
        expect(kept.length).toBeLessThanOrEqual(stretches * 4 + 1);
      }),
    );
  });

  it('loses no peak and no dip: between two points that were kept the others lie within what is drawn nearby', () => {
    fc.assert(
      fc.property(curves, fc.integer({ min: 1, max: 60 }), (curve, stretches) => {
        const kept = downsample(curve, stretches);
        const width = ((curve.at(-1)?.[0] ?? 0) - (curve[0]?.[0] ?? 0)) / stretches;
        for (const [second, value] of curve) {
          const near = kept.filter(([at]) => Math.abs(at - second) <= width).map(([, v]) => v);
          expect(Math.max(...near)).toBeGreaterThanOrEqual(value);
          expect(Math.min(...near)).toBeLessThanOrEqual(value);
        }
      }),
    );
  });

  it('is the curve itself when that has few points', () => {
    const curve = [
      [0, 1],
      [5, 2],
    ] as const;
    expect(downsample(curve, 10)).toBe(curve);
  });
});
