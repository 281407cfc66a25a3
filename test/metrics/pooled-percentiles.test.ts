/** Percentiles of a run on many machines: of what all its phones took together, never a mean of means. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aggregate } from '../../src/metrics/aggregate.ts';
import { ShardMetrics } from '../../src/metrics/shard-metrics.ts';
import type { ShardSnapshot } from '../../src/metrics/shard-snapshot.ts';
import { pack, unpack } from '../../src/redis/packing.ts';

/** A bin is never wider than this share of its values. */
const RESOLUTION = 0.01;

/** 10 us to 10,000 s, uniform in the exponent: shards that differ by decades are where averaging goes wrong. */
const duration = fc.double({ min: -2, max: 7, noNaN: true }).map((exponent) => 10 ** exponent);
const shards = fc.array(fc.array(duration, { maxLength: 60 }), { minLength: 1, maxLength: 6 });

/** A shard whose phones each took so long for one stage, as it arrives at the coordinator. */
function arrived(shard: number, durations: readonly number[]): ShardSnapshot {
  const metrics = new ShardMetrics({ shard, epoch: 1, phones: durations.length, armedAt: 0 });
  durations.forEach((ms, phone) => {
    const times = { stage: 'dhcp', firstStartedAt: 0, startedAt: 0, now: ms } as const;
    metrics.observe(phone, { type: 'poweredOn', now: 0, intendedAt: 0, wave: 0 });
    metrics.observe(phone, { type: 'stageStarted', stage: 'dhcp', now: 0 });
    metrics.observe(phone, { type: 'stagePassed', server: '127.0.0.1:67', ...times });
  });
  return unpack(pack(metrics.snapshot())) as ShardSnapshot;
}

/** The value of that rank among all of them. */
function pooled(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(q * sorted.length - 1e-9)) - 1] as number;
}

describe('merged percentiles', () => {
  it('are those of the pooled values within the resolution of the histogram, packed and in any order', () => {
    fc.assert(
      fc.property(shards, fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean(), (all, q, reversed) => {
        const planned = all.map((durations, shard) => ({ shard, phones: durations.length }));
        const snapshots = all.map((durations, shard) => arrived(shard, durations));
        const state = aggregate(planned, reversed ? snapshots.toReversed() : snapshots);
        const values = all.flat();
        for (const { latency } of [state.stages.dhcp, { latency: state.stages.dhcp.fromIntendedStart }]) {
          const found = latency.quantile(q);
          if (values.length === 0) {
            expect(found).toBeNull();
            continue;
          }
          const exact = pooled(values, q);
          expect(latency.count).toBe(values.length);
          expect(found).toBeGreaterThanOrEqual(exact * (1 - 1e-12));
          expect(found).toBeLessThanOrEqual(exact * (1 + RESOLUTION));
        }
        const [server] = state.servers;
        if (server !== undefined) expect(server.latency.count).toBe(values.length);
      }),
    );
  });
});
