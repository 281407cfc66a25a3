import { describe, expect, it } from 'vitest';
import { type Ramp, rampPhones, rampSeconds } from '../../src/schedule/ramp.ts';

const stages: Ramp = {
  type: 'stages',
  stages: [
    { durationSeconds: 2.5, phones: 10 },
    { durationSeconds: 5, phones: 0 },
    { durationSeconds: 0, phones: 7 },
  ],
};

describe('a ramp', () => {
  it('adds up its stages', () => {
    expect(rampPhones(stages)).toBe(17);
    expect(rampSeconds(stages)).toBe(7.5);
  });

  it('takes any number of phones, and no time, when all come at once', () => {
    expect(rampPhones({ type: 'allAtOnce' })).toBe(Number.POSITIVE_INFINITY);
    expect(rampSeconds({ type: 'allAtOnce' })).toBe(0);
  });
});
