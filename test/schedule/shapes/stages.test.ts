import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type StagesShape, stagesSeconds } from '../../../src/schedule/shapes/stages.ts';
import { rationalOf, type Rational, toNumber, add, multiply, divide } from '../rational.ts';

const stages = fc
  .array(
    fc.record({
      durationSeconds: fc.integer({ min: 0, max: 7_200_000 }).map((ms) => ms / 1000),
      phones: fc.integer({ min: 0, max: 500 }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((list): StagesShape => ({ type: 'stages', stages: list }));

/** The definition, slow and exact: walk over every phone of every stage in rational arithmetic. */
function oracle(ramp: StagesShape): Rational[] {
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

describe('stagesSeconds', () => {
  it('gives the times that one would write down by hand', () => {
    const ramp: StagesShape = {
      type: 'stages',
      stages: [
        { durationSeconds: 4, phones: 4 },
        { durationSeconds: 10, phones: 0 },
        { durationSeconds: 0, phones: 2 },
        { durationSeconds: 1, phones: 2 },
      ],
    };
    expect(Array.from({ length: 9 }, (_, i) => stagesSeconds(ramp, i))).toEqual([
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

  it('equals the exact oracle, for every phone of every ramp', () => {
    fc.assert(
      fc.property(stages, (ramp) => {
        let worst = 0;
        for (const [index, exact] of oracle(ramp).entries()) {
          const seconds = toNumber(exact);
          worst = Math.max(worst, Math.abs(stagesSeconds(ramp, index) - seconds) / Math.max(seconds, 1e-3));
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
        const wrong: { index: number; start: number }[] = [];
        for (const { durationSeconds, phones } of ramp.stages) {
          for (let j = 0; j < phones; j++, index++) {
            const start = stagesSeconds(ramp, index);
            if (!(start >= previous && start <= begins + durationSeconds)) wrong.push({ index, start });
            previous = start;
          }
          begins += durationSeconds;
        }
        expect(wrong).toEqual([]);
      }),
    );
  });
});
