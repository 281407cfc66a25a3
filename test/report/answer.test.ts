import { describe, expect, it } from 'vitest';
import { answerOf } from '../../src/report/answer.ts';
import { buildSummary } from '../../src/report/summary.ts';
import type { RunSummary } from '../../src/report/summary-schema.ts';
import { FACTS } from '../metrics/run-facts-example.ts';
import { exampleSummary, healthyRun } from './example-run.ts';

const HEALTHY = buildSummary(healthyRun(), FACTS, { durationSeconds: 60, abortReason: null });
const dip = (fromSecond: number, backSecond: number | null) => ({
  fromSecond,
  before: 10,
  lowest: 4,
  lowestSecond: fromSecond + 1,
  backSecond,
});
const wave = (name: string, startSeconds: number, phones: number, t100Seconds: number | null) => ({
  name,
  startSeconds,
  startedSecond: startSeconds,
  phones,
  isRestart: name.startsWith('restart of'),
  t50Seconds: 2,
  t90Seconds: 3,
  t99Seconds: null,
  t100Seconds,
});

function answer(recovery: Partial<RunSummary['recovery']>, rest: Partial<RunSummary> = {}): string[] {
  return answerOf({ ...HEALTHY, ...rest, recovery: { ...HEALTHY.recovery, ...recovery } });
}

describe('answerOf', () => {
  it('counts from the return of power, and says that times are compressed', () => {
    const fromPower = { ...HEALTHY.recovery.fromPower, t100Seconds: 7.1 };
    expect(answer({ fromPower })).toEqual(['Back 7.10 s after power returned: all 10 phones in service']);
    expect(answer({ fromPower }, { timing: { compression: 20, note: null } })).toEqual([
      'Back 7.10 s after power returned (compressed): all 10 phones in service',
    ]);
  });

  it('counts from the last of several returns, which need not be everybody’s; its own cut is no dip', () => {
    const waves = [wave('first-start', 0, 10, 5), wave('power-return', 20, 6, 15.8)];
    expect(answer({ waves, dips: [dip(15, 36)] })).toEqual([
      'Back 15.8 s after power-return: its 6 in service',
    ]);
  });

  it('does not take phones of a lost agent that began anew for a return of power', () => {
    const fromPower = { ...HEALTHY.recovery.fromPower, t50Seconds: 4, t90Seconds: null, t100Seconds: 41 };
    const waves = [wave('first-start', 0, 8, null), wave('restart of b', 31, 4, 10.6)];
    expect(answer({ fromPower, waves, dips: [dip(27, 39)] })).toEqual([
      'Back 41.0 s after power returned: all 10 phones in service',
      'restart of b: 4 phones began anew at 31 s of the schedule, and were in service 10.6 s later',
      'service fell again at 27 s, from 10 phones to 4, and was back 12 s later',
    ]);
    const phones = { ...HEALTHY.phones, registered: 8, ready: 8, lostWithAgent: 2 };
    const half = { ...fromPower, t99Seconds: null, t100Seconds: null };
    const stuck = [wave('first-start', 0, 8, null), wave('restart of b', 31, 4, null)];
    expect(answer({ fromPower: half, waves: stuck, dips: [] }, { phones })).toEqual([
      'Not back: 8 of 10 phones in service at the end of the hold',
      '50 % had been in service 4.00 s after power returned',
      'restart of b: 4 phones began anew at 31 s of the schedule, and not all of them came into service',
    ]);
  });

  it('tells of service that was lost later', () => {
    const fromPower = { ...HEALTHY.recovery.fromPower, t100Seconds: 7.1 };
    expect(answer({ fromPower, dips: [dip(14, 31), dip(50, null)] }).slice(1)).toEqual([
      'service fell again at 14 s, from 10 phones to 4, and was back 17 s later',
      'service fell again at 50 s, from 10 phones to 4, and did not come back',
    ]);
  });

  it('says how far it got where not all are back, and which return never came', () => {
    const phones = { ...HEALTHY.phones, registered: 9, ready: 9, failed: 1 };
    expect(answer({ waves: [wave('first-start', 0, 10, null)] }, { phones })[0]).toBe(
      'Not back: 9 of 10 phones in service at the end of the hold',
    );
    const waves = [wave('first-start', 0, 10, 5), wave('power-return', 20, 0, null)];
    expect(answer({ waves }, { phones })).toEqual([
      'Not back: 9 of 10 phones in service at the end of the hold',
      '90 % had been in service 3.00 s after first-start',
      'power-return never came',
    ]);
    expect(answerOf(exampleSummary())[1]).toMatch(/^90 % had been in service .* after power returned/);
  });

  it('does not let the figures of an invalid run stand alone', () => {
    const [head] = answer({}, { verdict: { result: 'invalid', reasons: [] } });
    expect(head).toContain('(INVALID: the generator was the bottleneck)');
  });
});
