import { describe, expect, it } from 'vitest';
import { aggregate } from '../../src/metrics/aggregate.ts';
import { evaluateThreshold, formatThresholdValue } from '../../src/report/thresholds.ts';
import { THRESHOLD_METRIC_NAMES, thresholdMetric } from '../../src/scenario/threshold-metrics.ts';
import { bootEvents, shardOf, WHOLE_BOOT } from '../metrics/phone-stories.ts';
import { OUTAGE_FACTS } from '../metrics/run-facts-example.ts';
import { exampleRun, healthyRun } from './example-run.ts';
import { thresholdOf } from './threshold-of.ts';

const example = exampleRun();

/** Four phones: one only starts, the others fail over once, there and back, and three times. */
const group = aggregate(
  [{ shard: 0, phones: 4 }],
  [
    shardOf([
      bootEvents(['pass']),
      bootEvents([...WHOLE_BOOT, 'switch']),
      bootEvents([...WHOLE_BOOT, 'switch', 'switch']),
      bootEvents([...WHOLE_BOOT, 'switch', 'switch', 'switch', 'switch', 'switch']),
    ]).snapshot(),
  ],
);

describe('evaluateThreshold', () => {
  it('takes the stages in which phones ask for files together as `tftp`', () => {
    const latencies = (['ctl', 'config', 'firmware', 'locale'] as const).map(
      (stage) => example.stages[stage].latency,
    );
    const valueOf = (text: string): number | null =>
      evaluateThreshold(example, OUTAGE_FACTS.waves, thresholdOf(text)).value;
    const longest = latencies.map((latency) => latency.quantile(1) ?? 0);
    expect(latencies.filter(({ count }) => count > 0).length).toBeGreaterThan(1);
    expect(valueOf('stage.tftp.p100 < 2s')).toBeCloseTo(Math.max(...longest) / 1000, 6);
    const medians = latencies.flatMap((latency) => latency.quantile(0.5) ?? []);
    const median = (valueOf('stage.tftp.p50 < 2s') ?? Number.NaN) * 1000;
    expect(median).toBeGreaterThanOrEqual(Math.min(...medians));
    expect(median).toBeLessThanOrEqual(Math.max(...medians));
  });

  it.each([
    ['ready == 1185', 1185, true],
    ['ready >= 98.75%', 98.75, true],
    ['ready > 98.75%', 98.75, false],
    ['registered != 100%', 98.75, true],
    ['trying <= 12', 13, false],
    ['failed == 1', 1, true],
    ['not_started < 2', 1, true],
    ['dropped == 0', 0, true],
    ['failures > 0', 137, true],
    ['failures{cause=tcp-refused} == 133', 133, true],
    ['failures{stage=connect} == 0', 133, false],
    ['failures{cause=tcp-refused, server=127.0.0.9:2000} == 0', 0, true],
    ['failures{cause=dhcp-timeout,stage=dhcp,server=127.0.0.1:67} == 3', 3, true],
    ['restarts > 100', 136, true],
    ['stage.dhcp.p100 < 200ms', 0.1745, true],
    ['stage.connect.p50 > 1s', 0.109, false],
    ['registration.p99 < 519ms', 0.519, false],
    ['time_to_service.p50 < 5s', 4.72, true],
  ])('%s finds %d', (text, value, holds) => {
    expect(evaluateThreshold(example, OUTAGE_FACTS.waves, thresholdOf(text))).toMatchObject({
      text,
      value,
      holds,
    });
  });

  it.each(['time_to_service.p99 < 1h', 'network_time.p99 < 1h', 'time_to_service.p99 > 0s'])(
    '%s does not hold where so many phones never came so far',
    (text) => {
      const result = evaluateThreshold(example, OUTAGE_FACTS.waves, thresholdOf(text));
      expect(result).toMatchObject({ value: null, holds: false });
      expect(formatThresholdValue(result)).toBe('never reached');
    },
  );

  it('does not hold where nothing was measured', () => {
    const silent = aggregate([{ shard: 0, phones: 1 }], []);
    expect(evaluateThreshold(silent, OUTAGE_FACTS.waves, thresholdOf('stage.dhcp.p50 < 1s')).holds).toBe(
      false,
    );
    expect(evaluateThreshold(silent, OUTAGE_FACTS.waves, thresholdOf('registration.p50 < 1s')).holds).toBe(
      false,
    );
  });

  it.each([
    ['failed_over == 75%', 75],
    ['failed_over == 3', 3],
    ['fell_back == 2', 2],
    ['service_lost == 5', 5],
    ['tokens_rejected == 3', 3],
    ['tokens_granted == 3', 3],
  ])('%s counts phones once, and events as often as they come', (text, value) => {
    expect(evaluateThreshold(group, OUTAGE_FACTS.waves, thresholdOf(text))).toMatchObject({
      value,
      holds: true,
    });
  });

  it('measures a wave by the phones that it gave power to', () => {
    const phones = [
      bootEvents([...WHOLE_BOOT, 'outage', ...WHOLE_BOOT], { paceMs: 1000 }),
      bootEvents([...WHOLE_BOOT, 'outage', 'pass'], { paceMs: 1000 }),
      bootEvents(WHOLE_BOOT, { paceMs: 1000 }),
    ];
    const waves = aggregate([{ shard: 0, phones: 3 }], [shardOf(phones).snapshot()]);
    const evaluate = (text: string): object =>
      evaluateThreshold(waves, OUTAGE_FACTS.waves, thresholdOf(text));
    expect(evaluate('wave.first-start.t100 <= 11s')).toMatchObject({ value: 11, holds: true });
    expect(evaluate('wave.power-return.t50 < 24s')).toMatchObject({ value: 23, holds: true });
    expect(evaluate('wave.power-return.t100 < 1h')).toMatchObject({ value: null, holds: false });
    expect(evaluate('wave.first-start.t100 < 11s')).toMatchObject({ holds: false });
  });

  it('counts the phones of a wave that never got their power: the run may have ended before', () => {
    const phones = [bootEvents([...WHOLE_BOOT, 'outage', ...WHOLE_BOOT], { paceMs: 1000 }), []];
    const state = aggregate([{ shard: 0, phones: 2 }], [shardOf(phones).snapshot()]);
    const found = (text: string): number | null =>
      evaluateThreshold(state, OUTAGE_FACTS.waves, thresholdOf(text)).value;
    expect(found('wave.power-return.t50 < 1h')).toBe(23);
    expect(found('wave.power-return.t100 < 1h')).toBeNull();
  });

  it('is exact for shares that a float is not: 999 of 1,000 are 99.9 %', () => {
    const asked = healthyRun(1000);
    const state = { ...asked, ledger: { ...asked.ledger, ready: 999, failed: 1 } };
    for (const text of ['ready >= 99.9%', 'ready <= 99.9%', 'ready == 99.9%', 'failed == 0.1%'])
      expect(evaluateThreshold(state, OUTAGE_FACTS.waves, thresholdOf(text)).holds, text).toBe(true);
  });

  it('has a value for every metric of the table', () => {
    for (const name of THRESHOLD_METRIC_NAMES) {
      const { unit, of, quantile } = thresholdMetric(name);
      const about = { stage: 'dhcp', wave: 'first-start' };
      const path = [name, ...(of ? [about[of]] : []), ...(quantile ? [`${quantile}50`] : [])].join('.');
      const text = `${path} >= ${unit === 'duration' ? '0s' : 0}`;
      expect(evaluateThreshold(healthyRun(), OUTAGE_FACTS.waves, thresholdOf(text)), text).toMatchObject({
        holds: true,
      });
    }
  });
});

describe('formatThresholdValue', () => {
  it.each([
    [{ value: 99.9999, unit: 'percent' as const }, '99.999 %'],
    [{ value: 100, unit: 'percent' as const }, '100 %'],
    [{ value: 0.3, unit: 'percent' as const }, '0.3 %'],
    [{ value: 12_345, unit: 'count' as const }, '12,345'],
    [{ value: 0.25, unit: 'seconds' as const }, '250 ms'],
  ])('writes %j as %s', (found, text) => {
    expect(formatThresholdValue(found)).toBe(text);
  });
});
