import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dipsOf } from '../../src/metrics/dips.ts';
import { StepCurve, valueAt } from '../../src/metrics/step-curve.ts';

describe('dipsOf', () => {
  it.each<[string, number[], object[]]>([
    ['nobody', [], []],
    ['a rise', [0, 0, 5, 40, 9, 100], []],
    ['one phone of a hundred that is lost', [0, 100, 5, 99], []],
    [
      'one phone of ten',
      [0, 10, 5, 9],
      [{ fromSecond: 5, before: 10, lowest: 9, lowestSecond: 5, backSecond: null }],
    ],
    [
      'an outage and the way back',
      [0, 0, 3, 1000, 20, 400, 21, 0, 40, 500, 50, 989, 51, 990, 60, 1000],
      [{ fromSecond: 20, before: 1000, lowest: 0, lowestSecond: 21, backSecond: 51 }],
    ],
    [
      'two outages, of which the second is deeper than the way back',
      [0, 100, 10, 50, 20, 100, 30, 20, 40, 60],
      [
        { fromSecond: 10, before: 100, lowest: 50, lowestSecond: 10, backSecond: 20 },
        { fromSecond: 30, before: 100, lowest: 20, lowestSecond: 30, backSecond: null },
      ],
    ],
  ])('of %s', (_, curve, dips) => {
    expect(dipsOf(curve)).toEqual(dips);
  });

  it('come one after the other, each below what was before and as deep as the curve is', () => {
    const changes = fc.array(fc.tuple(fc.nat(60_000), fc.nat(300)), { maxLength: 40 });
    fc.assert(
      fc.property(changes, (list) => {
        const stepped = new StepCurve();
        for (const [elapsedMs, value] of list.sort((a, b) => a[0] - b[0])) stepped.set(elapsedMs, value);
        const curve = stepped.toPoints();
        let after = -1;
        for (const { fromSecond, before, lowest, lowestSecond, backSecond } of dipsOf(curve)) {
          expect(fromSecond).toBeGreaterThan(after);
          expect(lowest).toBeLessThan(before);
          expect(valueAt(curve, lowestSecond)).toBe(lowest);
          for (let second = fromSecond; second < (backSecond ?? 61); second += 1)
            expect(valueAt(curve, second)).toBeGreaterThanOrEqual(lowest);
          after = backSecond ?? Number.POSITIVE_INFINITY;
        }
      }),
    );
  });
});
