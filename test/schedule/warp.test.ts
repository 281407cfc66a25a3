import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scheduleMsAt, startWarp, steerWarp, type Warp, wallMsAt, warpOf } from '../../src/schedule/warp.ts';
import { add, divide, isLess, multiply, type Rational, rationalOf, subtract, toNumber } from './rational.ts';

const ARMED = 1_000_000;

const warps = fc
  .record({
    slope: fc.constantFrom(0, 0.5, 1, 2, 3.7),
    steers: fc.array(
      fc.record({
        afterMs: fc.integer({ min: 0, max: 60_000 }),
        slope: fc.constantFrom(0, 0.25, 1, 1.1, 10),
      }),
      { maxLength: 6 },
    ),
  })
  .map(({ slope, steers }) => {
    let warp: Warp = startWarp(ARMED, slope);
    let fromWallMs = ARMED;
    for (const [i, steer] of steers.entries()) {
      fromWallMs += steer.afterMs;
      warp = steerWarp(warp, { version: i + 2, fromWallMs, slope: steer.slope }, fromWallMs, 0);
    }
    return warp;
  });

/** The integral of the slope over wall time, segment by segment, in exact arithmetic. */
function oracle(warp: Warp, wallMs: number): Rational {
  const wall = rationalOf(wallMs);
  let schedule = rationalOf(0);
  for (const [i, segment] of warp.entries()) {
    const from = rationalOf(segment.fromWallMs);
    const next = warp[i + 1];
    if (isLess(wall, from)) return i === 0 ? subtract(wall, from) : schedule;
    const to = next !== undefined && next.fromWallMs < wallMs ? rationalOf(next.fromWallMs) : wall;
    schedule = add(schedule, multiply(subtract(to, from), rationalOf(segment.slope)));
    if (next === undefined || next.fromWallMs >= wallMs) return schedule;
  }
  return schedule;
}

const wallTimes = fc.double({ min: ARMED - 10_000, max: ARMED + 500_000, noNaN: true });

describe('scheduleMsAt', () => {
  it('equals the exact integral of the slope', () => {
    fc.assert(
      fc.property(warps, wallTimes, (warp, wallMs) => {
        const exact = toNumber(oracle(warp, wallMs));
        expect(scheduleMsAt(warp, wallMs)).toBeCloseTo(exact, 6);
      }),
    );
  });

  it('never goes back', () => {
    fc.assert(
      fc.property(warps, wallTimes, wallTimes, (warp, a, b) => {
        const [early, late] = a <= b ? [a, b] : [b, a];
        expect(scheduleMsAt(warp, early)).toBeLessThanOrEqual(scheduleMsAt(warp, late) + 1e-9);
      }),
    );
  });

  it('runs at the pace that was steered', () => {
    let warp = startWarp(1000);
    warp = steerWarp(warp, { version: 2, fromWallMs: 5000, slope: 0 }, 2000);
    warp = steerWarp(warp, { version: 3, fromWallMs: 9000, slope: 2 }, 6000);
    const at = [0, 1000, 3000, 5000, 8000, 9000, 10_000].map((wall) => scheduleMsAt(warp, wall));
    expect(at).toEqual([-1000, 0, 2000, 4000, 4000, 4000, 6000]);
    expect([0, 4000, 6000].map((ms) => wallMsAt(warp, ms))).toEqual([1000, 5000, 10_000]);
  });
});

describe('wallMsAt', () => {
  it('is the first wall time at which the schedule has come so far', () => {
    fc.assert(
      fc.property(warps, fc.double({ min: -5000, max: 1e6, noNaN: true }), (warp, scheduleMs) => {
        const wallMs = wallMsAt(warp, scheduleMs);
        if (wallMs === Number.POSITIVE_INFINITY) {
          expect(warp.at(-1)?.slope).toBe(0);
          expect(scheduleMsAt(warp, 1e9)).toBeLessThan(scheduleMs);
          return;
        }
        expect(scheduleMsAt(warp, wallMs)).toBeCloseTo(scheduleMs, 5);
        expect(scheduleMsAt(warp, wallMs - 1)).toBeLessThan(scheduleMs);
      }),
    );
  });

  it('equals the exact inverse on a single segment', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        (slope, ms) => {
          const exact = toNumber(add(rationalOf(ARMED), divide(rationalOf(ms), rationalOf(slope))));
          expect(wallMsAt(startWarp(ARMED, slope), ms)).toBeCloseTo(exact, 4);
        },
      ),
    );
  });
});

describe('steerWarp', () => {
  const warp = startWarp(0);

  it('changes nothing before the new segment', () => {
    fc.assert(
      fc.property(warps, fc.nat(60_000), wallTimes, (before, afterMs, wallMs) => {
        const last = before.at(-1);
        if (last === undefined) throw new Error('a warp has a segment');
        const fromWallMs = last.fromWallMs + afterMs;
        fc.pre(wallMs <= fromWallMs);
        const after = steerWarp(before, { version: last.version + 1, fromWallMs, slope: 5 }, fromWallMs, 0);
        expect(scheduleMsAt(after, wallMs)).toBeCloseTo(scheduleMsAt(before, wallMs), 6);
      }),
    );
  });

  it.each([
    ['a version that somebody else took', { version: 1, fromWallMs: 10_000, slope: 1 }],
    ['a version that skips one', { version: 3, fromWallMs: 10_000, slope: 1 }],
    ['less than two seconds ahead', { version: 2, fromWallMs: 6999, slope: 1 }],
    ['the past', { version: 2, fromWallMs: 10, slope: 1 }],
  ])('refuses %s', (_, segment) => {
    expect(() => steerWarp(warp, segment, 5000)).toThrow(
      expect.objectContaining({ code: 'schedule-conflict', retryable: true }),
    );
  });

  it('refuses a beginning before a steer that is still to come', () => {
    const steered = steerWarp(warp, { version: 2, fromWallMs: 50_000, slope: 0 }, 0);
    expect(() => steerWarp(steered, { version: 3, fromWallMs: 40_000, slope: 1 }, 0)).toThrow(
      expect.objectContaining({ code: 'schedule-conflict' }),
    );
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a pace of %d', (slope) => {
    expect(() => steerWarp(warp, { version: 2, fromWallMs: 10_000, slope }, 0)).toThrow(RangeError);
  });
});

describe('warpOf', () => {
  it('rebuilds the same warp from what travels', () => {
    fc.assert(
      fc.property(warps, (warp) => {
        const travelling = warp.map(({ version, fromWallMs, slope }) => ({ version, fromWallMs, slope }));
        expect(warpOf(travelling)).toEqual(warp);
      }),
    );
  });

  it('refuses segments without a beginning', () => {
    expect(() => warpOf([])).toThrow(expect.objectContaining({ code: 'schedule-conflict' }));
    expect(() => warpOf([{ version: 2, fromWallMs: 0, slope: 1 }])).toThrow(
      expect.objectContaining({ code: 'schedule-conflict' }),
    );
  });
});
