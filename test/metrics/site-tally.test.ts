import { expect, it } from 'vitest';
import { aggregate } from '../../src/metrics/aggregate.ts';
import { ShardMetrics } from '../../src/metrics/shard-metrics.ts';
import type { PhoneGroup } from '../../src/metrics/site-tally.ts';
import { bootEvents, interleaved, WHOLE_BOOT } from './phone-stories.ts';

const NORTH: PhoneGroup = { site: 'north', model: '7961G' };
const SOUTH: PhoneGroup = { site: 'south', model: '7961G' };

/** Of its phones the second is in the south; the third fails, the first loses service at last. */
function shardOf(shard: number, epoch = 1): ShardMetrics {
  const groupOf = (phone: number): PhoneGroup => (phone === 1 ? SOUTH : NORTH);
  const metrics = new ShardMetrics({ shard, epoch, phones: 3, armedAt: 0, groupOf });
  const phones = [
    bootEvents([...WHOLE_BOOT, 'lose']),
    bootEvents(WHOLE_BOOT),
    bootEvents(['pass', 'pass', 'pass', 'fail'], { cause: 'dhcp-timeout' }),
  ];
  for (const { phone, event } of interleaved(phones)) metrics.observe(phone, event);
  return metrics;
}

it('counts phones by site and model, over all shards', () => {
  const snapshots = [shardOf(0).snapshot(), shardOf(1).snapshot()];
  const { sites, failures, registrations, ledger } = aggregate(
    [
      { shard: 0, phones: 3 },
      { shard: 1, phones: 3 },
    ],
    snapshots,
  );
  expect(sites).toEqual([
    { ...NORTH, phones: 4, inService: 0, registrations: 2, failures: 4 },
    { ...SOUTH, phones: 2, inService: 2, registrations: 2, failures: 0 },
  ]);
  const sum = (of: (row: (typeof sites)[number]) => number): number =>
    sites.reduce((total, row) => total + of(row), 0);
  expect(sum((row) => row.failures)).toBe(failures.reduce((total, { count }) => total + count, 0));
  expect(sum((row) => row.registrations)).toBe(registrations);
  expect(sum((row) => row.inService)).toBe(ledger.ready);
});

it('counts the phones of a shard that began anew once, and those that are lost not in service', () => {
  const { sites } = aggregate(
    [
      { shard: 0, epoch: 1, phones: 0, lostAtSecond: 60 },
      { shard: 0, epoch: 2, phones: 3 },
    ],
    [shardOf(0, 1).snapshot(), shardOf(0, 2).snapshot()],
  );
  expect(sites).toEqual([
    { ...NORTH, phones: 2, inService: 0, registrations: 2, failures: 4 },
    { ...SOUTH, phones: 1, inService: 1, registrations: 2, failures: 0 },
  ]);
});
