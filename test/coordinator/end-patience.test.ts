/** How long shards are waited for, on a clock of the test. */
import { describe, expect, it } from 'vitest';
import { EndPatience } from '../../src/coordinator/end-patience.ts';

const plan = { phoneCount: 100, drain: { perSecond: 50, patience: 3 } };
/** Of the plan. */
const LIMIT_SECONDS = 5;
const TICK_MS = 100;

/** Second on the way from `from` on at which it is over; the end was ordered at 0. */
function overAt(
  patience: EndPatience,
  from: number,
  to: number,
  isHeard: (second: number) => boolean,
): number | null {
  for (let ms = from * 1000; ms <= to * 1000; ms += TICK_MS) {
    if (patience.isOver(ms, 0, isHeard(ms / 1000))) return ms / 1000;
  }
  return null;
}

describe('the time for shards to end', () => {
  it('is what the pace of the plan takes, and its patience', () => {
    expect(overAt(new EndPatience(plan), 0, 60, () => true)).toBeCloseTo(LIMIT_SECONDS, 6);
  });

  it('begins when the end does, which lies ahead when it is ordered', () => {
    expect(overAt(new EndPatience(plan), -10, 60, () => true)).toBeCloseTo(LIMIT_SECONDS, 6);
  });

  it('begins anew after an outage, in which nobody heard of the end', () => {
    const heard = (second: number): boolean => second < 2 || second >= 30;
    expect(overAt(new EndPatience(plan), 0, 60, heard)).toBeCloseTo(30 + LIMIT_SECONDS, 0);
  });

  it('does not hold a run up for ever when the outage does not end', () => {
    expect(overAt(new EndPatience(plan), 0, 600, () => false)).toBeCloseTo(120, 0);
  });

  it('is not over for a coordinator that stood still, or that has just taken the run over', () => {
    const patience = new EndPatience(plan);
    expect(overAt(patience, 0, 2, () => true)).toBeNull();
    expect(overAt(patience, 40, 41, () => true)).toBeNull();
    expect(overAt(new EndPatience(plan), 500, 504, () => true)).toBeNull();
  });
});
