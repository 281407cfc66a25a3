import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { phonesStarted, startSeconds } from '../../src/schedule/arrivals.ts';
import type { Ramp } from '../../src/schedule/ramp.ts';
import { rationalOf, type Rational, toNumber, add, multiply, divide } from './rational.ts';

const stages = fc
  .array(
    fc.record({
      durationSeconds: fc.integer({ min: 0, max: 7_200_000 }).map((ms) => ms / 1000),
      phones: fc.integer({ min: 0, max: 500 }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((list): Extract<Ramp, { type: 'stages' }> => ({ type: 'stages', stages: list }));

/** The definition, slow and exact: walk over every phone of every stage in rational arithmetic. */
function oracle(ramp: Extract<Ramp, { type: 'stages' }>): Rational[] {
  const starts: Rational[] = [];
  let begins = rationalOf(0);
  for (const { durationSeconds, phones } of ramp.stages) {
    const duration = rationalOf(durationSeconds);
    for (let j = 0; j < phones; j++) {
      starts.push(add(begins, divide(multiply(duration, rationalOf(j)), rationalOf(phones))));
    }
    begins = add(begins, duration);
  }
  return starts;
}

describe('startSeconds', () => {
  it('gives the times that one would write down by hand', () => {
    const ramp: Ramp = {
      type: 'stages',
      stages: [
        { durationSeconds: 4, phones: 4 },
        { durationSeconds: 10, phones: 0 },
        { durationSeconds: 0, phones: 2 },
        { durationSeconds: 1, phones: 2 },
      ],
    };
    expect(Array.from({ length: 9 }, (_, i) => startSeconds(ramp, i))).toEqual([
      0,
      1,
      2,
      3,
      14,
      14,
      14,
      14.5,
      Number.POSITIVE_INFINITY,
    ]);
  });

  it('starts everybody at 0 when all come at once', () => {
    expect(startSeconds({ type: 'allAtOnce' }, 999_999)).toBe(0);
  });

  it('equals the exact oracle, for every phone of every ramp', () => {
    fc.assert(
      fc.property(stages, (ramp) => {
        let worst = 0;
        for (const [index, exact] of oracle(ramp).entries()) {
          const seconds = toNumber(exact);
          worst = Math.max(worst, Math.abs(startSeconds(ramp, index) - seconds) / Math.max(seconds, 1e-3));
        }
        expect(worst).toBeLessThan(1e-14);
      }),
    );
  });

  it('is monotone and stays inside its stage', () => {
    fc.assert(
      fc.property(stages, (ramp) => {
        let index = 0;
        let begins = 0;
        let previous = 0;
        for (const { durationSeconds, phones } of ramp.stages) {
          for (let j = 0; j < phones; j++, index++) {
            const start = startSeconds(ramp, index);
            expect(start).toBeGreaterThanOrEqual(previous);
            expect(start).toBeLessThanOrEqual(begins + durationSeconds);
            previous = start;
          }
          begins += durationSeconds;
        }
      }),
    );
  });
});

describe('phonesStarted', () => {
  it('counts exactly the phones whose start is not later', () => {
    fc.assert(
      fc.property(stages, fc.double({ min: -1, max: 50_000, noNaN: true }), (ramp, seconds) => {
        const phones = ramp.stages.reduce((sum, stage) => sum + stage.phones, 0);
        let expected = 0;
        for (let i = 0; i < phones; i++) if (startSeconds(ramp, i) <= seconds) expected++;
        expect(phonesStarted(ramp, phones, seconds)).toBe(expected);
      }),
    );
  });

  it('counts a phone at its own start, to the last bit', () => {
    fc.assert(
      fc.property(stages, fc.nat(), (ramp, pick) => {
        const phones = ramp.stages.reduce((sum, stage) => sum + stage.phones, 0);
        fc.pre(phones > 0);
        const index = pick % phones;
        expect(phonesStarted(ramp, phones, startSeconds(ramp, index))).toBeGreaterThan(index);
      }),
    );
  });
});
