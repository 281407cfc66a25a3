import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endAt, peakOf, StepCurve, sumCurves, toPairs, valueAt } from '../../src/metrics/step-curve.ts';

/** Changes at ascending times, as a run makes them. */
const changes = fc
  .array(fc.tuple(fc.nat(120_000), fc.nat(50)), { maxLength: 40 })
  .map((list) => list.sort((a, b) => a[0] - b[0]));

function curveOf(list: readonly (readonly [number, number])[]): StepCurve {
  const curve = new StepCurve();
  for (const [elapsedMs, value] of list) curve.set(elapsedMs, value);
  return curve;
}

/** The value after the last change at or before the second. */
function slowValueAt(list: readonly (readonly [number, number])[], second: number): number {
  return list.filter(([elapsedMs]) => elapsedMs <= second * 1000).at(-1)?.[1] ?? 0;
}

describe('StepCurve', () => {
  it('has at each second the value that the count had then', () => {
    fc.assert(
      fc.property(changes, fc.nat(130), (list, second) => {
        expect(valueAt(curveOf(list).toPoints(), second)).toBe(slowValueAt(list, second));
      }),
    );
  });

  it('keeps one point a second, and none while nothing changes', () => {
    expect(
      curveOf([
        [10, 1],
        [400, 2],
        [1000, 3],
        [1001, 4],
        [60_000, 5],
      ]).toPoints(),
    ).toEqual([1, 3, 2, 4, 60, 5]);
  });

  it('takes what happened before the start as having happened at it', () => {
    expect(curveOf([[-300, 1]]).toPoints()).toEqual([0, 1]);
  });

  it('adds up at every second', () => {
    fc.assert(
      fc.property(fc.array(changes, { maxLength: 4 }), fc.nat(130), (lists, second) => {
        const curves = lists.map((list) => curveOf(list).toPoints());
        const expected = lists.reduce((sum, list) => sum + slowValueAt(list, second), 0);
        expect(valueAt(sumCurves(curves), second)).toBe(expected);
      }),
    );
  });

  it('peaks where the sum peaks, not where each part does', () => {
    const curves = [
      [0, 5, 10, 0],
      [20, 5, 30, 0],
    ];
    expect(peakOf(sumCurves(curves))).toBe(5);
  });

  it('falls to zero when it ends', () => {
    expect(endAt([0, 1, 5, 9, 8, 12], 6)).toEqual([0, 1, 5, 9, 6, 0]);
  });

  it('becomes pairs that straight lines join to the same curve', () => {
    fc.assert(
      fc.property(changes, fc.nat(120), (list, second) => {
        const points = curveOf(list).toPoints();
        const pairs = toPairs(points, 120);
        expect(interpolate(pairs, second)).toBe(valueAt(points, second));
        expect(pairs.map(([at]) => at)).toEqual([...new Set(pairs.map(([at]) => at))].sort((a, b) => a - b));
      }),
    );
  });
});

function interpolate(pairs: readonly (readonly [number, number])[], second: number): number {
  const after = pairs.findIndex(([at]) => at >= second);
  const [x1, y1] = pairs[after] as [number, number];
  const [x0, y0] = pairs[Math.max(0, after - 1)] as [number, number];
  return x1 === x0 ? y1 : y0 + ((y1 - y0) * (second - x0)) / (x1 - x0);
}
