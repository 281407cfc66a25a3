/** Thresholds that end a run: what is said to be missed for good is missed at the end, whatever happens later. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aggregate } from '../../src/metrics/aggregate.ts';
import type { RunState } from '../../src/metrics/run-state.ts';
import { ShardMetrics } from '../../src/metrics/shard-metrics.ts';
import type { BootEvent } from '../../src/phone/boot-event.ts';
import {
  endedFor,
  endingThreshold,
  evaluateThreshold,
  isMissedForGood,
} from '../../src/report/thresholds.ts';
import { type ThresholdFate, fateOf } from '../../src/scenario/threshold-fate.ts';
import { THRESHOLD_METRIC_NAMES, thresholdMetric } from '../../src/scenario/threshold-metrics.ts';
import { GENERATOR } from '../metrics/generator-sample.ts';
import { bootEvents, type Turn, WHOLE_BOOT } from '../metrics/phone-stories.ts';
import { FACTS } from '../metrics/run-facts-example.ts';
import { thresholdOf } from './threshold-of.ts';

const PHONES_PER_SHARD = 3;
const SHARDS = [0, 1].map((shard) => ({ shard, phones: PHONES_PER_SHARD }));
const { waves } = FACTS;

/** The run as its shards had it, each at an instant of its own. */
function runAt(stories: readonly (readonly BootEvent[])[], toldAt: readonly number[]): RunState {
  return aggregate(
    SHARDS,
    SHARDS.map(({ shard, phones }) => {
      const metrics = new ShardMetrics({ shard, epoch: 1, phones, armedAt: 0 });
      const atMs = toldAt[shard] ?? 0;
      const events = stories
        .slice(shard * phones, (shard + 1) * phones)
        .flatMap((story, phone) => story.map((event) => ({ phone, event })))
        .filter(({ event }) => event.now <= atMs)
        .toSorted((a, b) => a.event.now - b.event.now);
      for (const { phone, event } of events) metrics.observe(phone, event);
      return metrics.snapshot({ ...GENERATOR, atMs });
    }),
  );
}

const story = fc
  .record({
    from: fc.integer({ min: 0, max: 5000 }),
    paceMs: fc.integer({ min: 20, max: 400 }),
    begin: fc.constantFrom(WHOLE_BOOT, WHOLE_BOOT.slice(0, 5)),
    turns: fc.array(
      fc.constantFrom<Turn>('pass', 'pass', 'pass', 'fail', 'lose', 'outage', 'switch', 'giveUp'),
      {
        maxLength: 30,
      },
    ),
  })
  .map(({ from, paceMs, begin, turns }) => bootEvents([...begin, ...turns], { from, paceMs }));

const valueOf = { phones: ['2', '50%'], count: ['0', '1', '3'], duration: ['100ms', '900ms', '3s'] } as const;

const EVERY_THRESHOLD = THRESHOLD_METRIC_NAMES.flatMap((name) => {
  const { unit, of, quantile } = thresholdMetric(name);
  const parts = of === undefined ? [] : of === 'stage' ? ['.register', '.dhcp'] : ['.first-start'];
  const subjects = (of === undefined ? [''] : parts).flatMap((part) =>
    quantile === undefined ? [`${name}${part}`] : ['50', '100'].map((p) => `${name}${part}.${quantile}${p}`),
  );
  return subjects.flatMap((subject) =>
    ['<', '<=', '>', '>=', '==', '!='].flatMap((operator) =>
      valueOf[unit].map((value) => thresholdOf(`${subject} ${operator} ${value}`)),
    ),
  );
});

describe('a threshold that is missed for good', () => {
  it('is missed at the end, whatever happens later', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(
        fc.array(story, { minLength: 6, maxLength: 6 }),
        fc.tuple(fc.integer({ min: 0, max: 9000 }), fc.integer({ min: 0, max: 9000 })),
        (stories, toldAt) => {
          const now = runAt(stories, toldAt);
          const end = runAt(stories, [60_000, 60_000]);
          for (const threshold of EVERY_THRESHOLD) {
            if (!isMissedForGood(now, threshold)) continue;
            seen.add(threshold.metric);
            expect(evaluateThreshold(end, waves, threshold).holds, threshold.text).toBe(false);
          }
        },
      ),
      { numRuns: 150 },
    );
    expect([...seen]).toEqual(
      expect.arrayContaining(['failures', 'restarts', 'time_to_service', 'registration', 'stage']),
    );
  });

  it.each<[string, ThresholdFate]>([
    ['failures == 0', 'growing'],
    ['failures > 0', 'atEnd'],
    ['failures != 0', 'atEnd'],
    ['failed_over < 1%', 'growing'],
    ['registration.p100 < 2s', 'growing'],
    ['registration.p99 < 2s', 'atEnd'],
    ['time_to_service.p99 < 300s', 'timed'],
    ['time_to_service.p99 > 1s', 'atEnd'],
    ['network_time.p99 < 1s', 'atEnd'],
    ['registered >= 99.9%', 'atEnd'],
    ['dropped == 0', 'atEnd'],
  ])('%s: %s', (text, fate) => {
    expect(fateOf(thresholdOf(text))).toBe(fate);
  });

  it('is a time to service as soon as it has passed for too many phones', () => {
    const stories = [0, 100, 200, 300, 400].map((from) => bootEvents(WHOLE_BOOT, { from, paceMs: 10 }));
    const threshold = thresholdOf('time_to_service.p100 < 5s');
    const at = (ms: number): boolean => isMissedForGood(runAt([...stories, []], [ms + 700, ms]), threshold);
    expect([at(4000), at(4999), at(5000), at(9000)]).toEqual([false, false, true, true]);
    const most = thresholdOf('time_to_service.p80 < 5s');
    expect(isMissedForGood(runAt([...stories, []], [9000, 9000]), most)).toBe(false);
  });
});

describe('the threshold that ends a run', () => {
  const stories = Array.from({ length: 6 }, () => bootEvents(['pass', 'pass', 'fail']));
  const state = runAt(stories, [9000, 9000]);

  it('is one that is missed for good, or does not hold after its delay; others wait for the end', () => {
    const certain = { ...thresholdOf('failures < 3'), abort: { afterSeconds: null } };
    const late = { ...thresholdOf('ready >= 50%'), abort: { afterSeconds: 60 } };
    const patient = thresholdOf('failures == 0');
    expect(endingThreshold(state, 9, waves, [patient, late])).toBeNull();
    expect(endingThreshold(state, 60, waves, [patient, late])?.text).toBe('ready >= 50%');
    expect(endingThreshold(state, 9, waves, [late, certain])).toMatchObject({
      text: 'failures < 3',
      value: 6,
    });
  });

  it('was missed, also where the last seconds made it hold', () => {
    const result = evaluateThreshold(state, waves, thresholdOf('failures == 6'));
    expect(result.holds).toBe(true);
    expect(endedFor(result, 61)).toEqual({ ...result, holds: false, endedRunAtSecond: 61 });
    expect(endedFor(result, undefined)).toBe(result);
  });
});
