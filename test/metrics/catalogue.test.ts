import { describe, expect, it } from 'vitest';
import { aggregate } from '../../src/metrics/aggregate.ts';
import { CATALOGUE } from '../../src/metrics/catalogue.ts';
import { isOpen, METRIC_LABELS } from '../../src/metrics/metric.ts';
import { mostSeries } from '../../src/metrics/series-count.ts';
import { MOST_GROUPS } from '../../src/metrics/series-bounds.ts';
import { bootEvents, secureShard, shardOf, WHOLE_BOOT } from './phone-stories.ts';
import { FACTS, PROGRESS } from './run-facts-example.ts';

const phones = [bootEvents(WHOLE_BOOT), bootEvents([...WHOLE_BOOT, 'lose', 'fail', 'fail'])];
const state = aggregate([{ shard: 0, phones: 2 }], [shardOf(phones).snapshot()]);

describe('CATALOGUE', () => {
  it('follows the conventions of Prometheus', () => {
    for (const { name, type, help, labels } of CATALOGUE) {
      expect(name).toMatch(/^bootstorm_[a-z]+(_[a-z]+)*$/);
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
      if (type === 'histogram') expect(name).toMatch(/_seconds$/);
      expect(name).not.toMatch(/_(count|sum|bucket|milliseconds|ms|kilobytes)$/);
      expect(help).toMatch(/^[A-Z].*\.$/);
      for (const label of labels) expect(isOpen(label) || METRIC_LABELS[label].length > 0, label).toBe(true);
    }
    expect(new Set(CATALOGUE.map(({ name }) => name)).size).toBe(CATALOGUE.length);
  });

  it('reads only series with the labels that it declares', () => {
    for (const metric of CATALOGUE) {
      for (const { labels } of metric.read(state, FACTS, PROGRESS)) {
        for (const label of Object.keys(labels)) expect(metric.labels, metric.name).toContain(label);
      }
    }
  });

  it('has one declaration for each label set: no two series of a metric are the same', () => {
    for (const metric of CATALOGUE) {
      const keys = metric.read(state, FACTS, PROGRESS).map(({ labels }) => JSON.stringify(labels));
      expect(new Set(keys).size).toBe(keys.length);
    }
  });

  it('has few enough series for every agent to be scraped', () => {
    const most = mostSeries({ groups: MOST_GROUPS, thresholds: 100, agents: 100 });
    expect(most).toBeLessThan(20_000);
    const few = mostSeries({ groups: 1, thresholds: 1, agents: 1 });
    expect(few).toBeGreaterThan(1000);
    expect(most - few).toBe((MOST_GROUPS - 1) * 4 + 99 + 99);
  });

  it('counts what secure phones did, and has no series for what did not occur', () => {
    const secure = aggregate([{ shard: 0, phones: 4 }], [secureShard().snapshot()]);
    const read = (name: string, from = secure): object[] => {
      const metric = CATALOGUE.find((entry) => entry.name === `bootstorm_${name}`);
      return (metric?.read(from, FACTS, PROGRESS) ?? []).map(({ labels, value }) => ({
        ...labels,
        value: typeof value === 'number' ? value : value.count,
      }));
    };
    expect(read('tls_handshakes_total')).toEqual([
      { outcome: 'full', value: 3 },
      { outcome: 'resumed', value: 1 },
    ]);
    expect(read('tls_handshake_seconds')).toEqual(read('tls_handshakes_total'));
    expect(read('registration_seconds')).toEqual([
      { security: 'none', value: 1 },
      { security: 'authenticated', value: 1 },
      { security: 'encrypted', value: 3 },
    ]);
    expect(read('phones_in_service')).toEqual([
      { security: 'none', value: 1 },
      { security: 'authenticated', value: 1 },
      { security: 'encrypted', value: 2 },
    ]);
    expect(read('trust_lists_total')).toEqual([
      { list: 'CTL', verdict: 'first-use', value: 3 },
      { list: 'ITL', verdict: 'none', value: 1 },
      { list: 'ITL', verdict: 'refused', value: 1 },
    ]);
    expect(read('tvs_answers_total')).toEqual([{ outcome: 'valid', value: 1 }]);
    expect(read('enrolments_total')).toEqual([{ operation: 'install', value: 1 }]);
    expect(read('registration_seconds', state)).toEqual([{ security: 'none', value: 2 }]);
    for (const name of [
      'tls_handshake_seconds',
      'trust_lists_total',
      'tvs_answers_total',
      'enrolments_total',
    ])
      expect(read(name, state)).toEqual([]);
  });

  it('counts what phones do within their groups of CallManagers', () => {
    const moved = shardOf([
      bootEvents([...WHOLE_BOOT, 'switch']),
      bootEvents([...WHOLE_BOOT, 'switch', 'switch']),
      bootEvents([...WHOLE_BOOT, 'lose']),
    ]);
    moved.observe(0, { type: 'standbyUp', now: 90_000, server: '127.0.0.1:2000' });
    const group = aggregate([{ shard: 0, phones: 3 }], [moved.snapshot()]);
    const read = (name: string): object[] => {
      const metric = CATALOGUE.find((entry) => entry.name === `bootstorm_${name}`);
      return [...(metric?.read(group, FACTS, PROGRESS) ?? [])];
    };
    expect(read('failovers_total')).toEqual([{ labels: {}, value: 2 }]);
    expect(read('fallbacks_total')).toEqual([{ labels: {}, value: 1 }]);
    expect(read('standby_connections')).toEqual([{ labels: {}, value: 1 }]);
    expect(read('service_lost_total')).toEqual([{ labels: { cause: 'keepalive-timeout' }, value: 3 }]);
    expect(read('tokens_total')).toEqual([
      { labels: { outcome: 'granted' }, value: 1 },
      { labels: { outcome: 'rejected' }, value: 1 },
      { labels: { outcome: 'unanswered' }, value: 0 },
    ]);
  });
});
