import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowRoll } from '../../src/coordinator/row-roll.ts';
import { aggregate } from '../../src/metrics/aggregate.ts';
import type { RowChunk } from '../../src/metrics/phone-rows.ts';
import { ShardMetrics } from '../../src/metrics/shard-metrics.ts';
import type { ShardSnapshot } from '../../src/metrics/shard-snapshot.ts';
import { bootEvents, interleaved, stories, WHOLE_BOOT } from '../metrics/phone-stories.ts';
import { planOf } from '../scenario/load-yaml.ts';

type Story = ReturnType<typeof bootEvents>;

interface ClosedShard {
  readonly snapshot: ShardSnapshot;
  readonly chunks: readonly RowChunk[];
}

function closed(shard: number, phones: readonly Story[], epoch = 1): ClosedShard {
  const facts = { shard, epoch, phones: phones.length, armedAt: 0, keepsRows: true };
  const metrics = new ShardMetrics(facts);
  for (const { phone, event } of interleaved(phones)) metrics.observe(phone, event);
  metrics.closeLedger(1e8);
  return { chunks: metrics.rows(), snapshot: metrics.snapshot() };
}

/** The phones of each shard, as shards take them from a plan. */
function dealt(phones: readonly Story[], shards: number): Story[][] {
  return Array.from({ length: shards }, (_, shard) => phones.filter((__, index) => index % shards === shard));
}

const plan = (count: number) => planOf(`phones: { generate: { count: ${count} } }`);

describe('the table of phones', () => {
  it('has each phone of the plan once, in its order, and its states add up to the ledger', () => {
    fc.assert(
      fc.property(stories, fc.integer({ min: 1, max: 5 }), fc.nat(5), (phones, shards, lostOne) => {
        const parts = dealt(phones, shards).map((own, shard) => closed(shard, own));
        const planned = parts.map(({ snapshot: { shard } }, i) => ({
          shard,
          phones: dealt(phones, shards)[i]?.length ?? 0,
          lostAtSecond: shard === lostOne ? 5 : null,
        }));
        const open = parts.map(({ snapshot }) =>
          snapshot.shard === lostOne ? { ...snapshot, ledgerClosed: false } : snapshot,
        );
        const state = aggregate(planned, open);
        const roll = new RowRoll();
        // Chunks may come in any order, and twice.
        for (const { chunks } of [...parts, ...parts].toReversed())
          for (const chunk of chunks) roll.take(chunk);
        const rows = [...roll.table(plan(phones.length), state)];
        expect(rows.map(({ index }) => index)).toEqual(phones.map((_, index) => index));
        const sums = Object.fromEntries(Object.keys(state.ledger).map((name) => [name, 0]));
        for (const row of rows) sums[row.state ?? 'unknown'] = (sums[row.state ?? 'unknown'] ?? 0) + 1;
        expect(sums).toEqual(state.ledger);
      }),
    );
  });

  it('says of each phone what became of it', () => {
    const phones = [
      bootEvents(WHOLE_BOOT, { from: 1000, paceMs: 100 }),
      bootEvents(['pass', 'pass', 'pass', 'fail'], { from: 2000, cause: 'dhcp-timeout' }),
      [],
    ];
    const { chunks, snapshot } = closed(0, phones);
    const roll = new RowRoll();
    for (const chunk of chunks) roll.take(chunk);
    const rows = [...roll.table(plan(3), aggregate([{ shard: 0, phones: 3 }], [snapshot]))];
    expect(rows[0]).toMatchObject({
      device: `SEP${rows[0]?.mac}`,
      model: '7961G',
      state: 'ready',
      wave: 0,
      stage: null,
      cause: null,
      boots: 1,
      attempts: WHOLE_BOOT.length,
      intendedStartSeconds: 1,
    });
    const { secondsToRegistered, secondsToService } = rows[0] ?? {};
    expect(secondsToRegistered).toBeGreaterThan(0);
    expect(secondsToService).toBeGreaterThan(secondsToRegistered ?? Number.NaN);
    expect(rows[1]).toMatchObject({
      state: 'trying',
      stage: 'dhcp',
      cause: 'dhcp-timeout',
      server: '127.0.0.1:67',
      attempts: 4,
      secondsToRegistered: null,
      secondsToService: null,
    });
    expect(rows[2]).toMatchObject({ state: 'notStarted', wave: null, boots: 0, intendedStartSeconds: null });
  });

  it('takes rows of a newer grant over those of an older one, whichever comes first', () => {
    const old = closed(0, [bootEvents(WHOLE_BOOT)], 1);
    const anew = closed(0, [[]], 2);
    const state = aggregate([{ shard: 0, phones: 1 }], [anew.snapshot]);
    for (const order of [
      [old, anew],
      [anew, old],
    ]) {
      const roll = new RowRoll();
      for (const { chunks } of order) for (const chunk of chunks) roll.take(chunk);
      expect([...roll.table(plan(1), state)][0]?.state).toBe('notStarted');
    }
  });

  it('does not make up what did not arrive', () => {
    const phones = Array.from({ length: 600 }, () => bootEvents(WHOLE_BOOT));
    const { chunks, snapshot } = closed(0, phones);
    expect(chunks).toHaveLength(2);
    const roll = new RowRoll();
    roll.take(chunks[0] as RowChunk);
    const states = [...roll.table(plan(600), aggregate([{ shard: 0, phones: 600 }], [snapshot]))];
    expect(states.filter(({ state }) => state === 'ready')).toHaveLength(500);
    expect(states.filter(({ state }) => state === null)).toHaveLength(100);
  });

  it('has phones that were not started where no shard ever spoke', () => {
    const state = aggregate([{ shard: 0, phones: 2 }], []);
    expect([...new RowRoll().table(plan(2), state)].map(({ state: of }) => of)).toEqual([
      'notStarted',
      'notStarted',
    ]);
  });
});
