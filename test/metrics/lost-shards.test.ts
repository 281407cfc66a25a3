/** What remains of shards that were lost and have begun anew. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aggregate } from '../../src/metrics/aggregate.ts';
import type { PlannedShard } from '../../src/metrics/shard-part.ts';
import { ShardMetrics } from '../../src/metrics/shard-metrics.ts';
import type { ShardSnapshot } from '../../src/metrics/shard-snapshot.ts';
import { valueAt } from '../../src/metrics/step-curve.ts';
import type { BootEvent } from '../../src/phone/boot-event.ts';
import { GENERATOR } from './generator-sample.ts';
import { bootEvents, interleaved, shardOf, stories, WHOLE_BOOT } from './phone-stories.ts';

const RESTART_WAVE = 2;

/** A grant of shard 0 that has seen the stories; as that of a restart, its phones' first power is of the wave of the restart. */
function grantOf(phones: readonly BootEvent[][], epoch: number, shard = 0): ShardMetrics {
  const metrics = new ShardMetrics({ shard, epoch, phones: phones.length, armedAt: 0 });
  for (const { phone, event } of interleaved(phones)) {
    const again = epoch > 1 && event.type === 'poweredOn' && event.wave === 0;
    metrics.observe(phone, again ? { ...event, wave: RESTART_WAVE } : event);
  }
  return metrics;
}

describe('a shard that was lost and begins anew', () => {
  const old = grantOf(
    [bootEvents(WHOLE_BOOT), bootEvents(['pass', 'fail']), bootEvents(WHOLE_BOOT), []],
    1,
  ).snapshot(GENERATOR);
  const replaced: PlannedShard = { shard: 0, epoch: 1, phones: 0, lostAtSecond: 30 };
  const from = 40_000;
  const fresh = grantOf(
    [bootEvents(WHOLE_BOOT, { from }), bootEvents(WHOLE_BOOT, { from }), bootEvents(['pass'], { from }), []],
    2,
  );
  const present: PlannedShard = { shard: 0, epoch: 2, phones: 4 };
  const other = { shard: 1, phones: 1 };
  const state = aggregate(
    [present, replaced, other],
    [old, fresh.snapshot({ ...GENERATOR, agent: 'b' }), shardOf([bootEvents(WHOLE_BOOT)], 1).snapshot()],
  );

  it('counts its phones once, with the newer grant', () => {
    expect(state.asked).toBe(5);
    expect(state.ledger).toMatchObject({ ready: 3, trying: 1, notStarted: 1, lostWithAgent: 0 });
  });

  it('keeps what was measured before, but a phone comes into service for the first time once', () => {
    expect(state.stages.ready.latency.count).toBe(2 + 2 + 1);
    expect(state.failures).toMatchObject([{ count: 1 }]);
    expect(state.registrations).toBe(5);
    expect(state.recovery.fromPower.count).toBe(3);
    expect(state.recovery.network.count).toBe(3);
    expect(state.recovery.fromPower.max).toBeGreaterThanOrEqual(from);
  });

  it('has the wave of the restart beside those of the plan', () => {
    expect(state.recovery.waves.map(({ phones }) => phones)).toEqual([3 + 1, 0, 3]);
    expect(state.recovery.waves.map(({ toService }) => toService.count)).toEqual([2 + 1, 0, 2]);
  });

  it('ends its old curve where it was lost', () => {
    const { inService } = state.recovery;
    expect([29, 30, 40, 60].map((second) => valueAt(inService, second))).toEqual([3, 1, 1, 3]);
    expect(state.servers.find(({ role }) => role === 'callManager')).toMatchObject({ registeredNow: 3 });
  });

  it('is one shard, that reports, is not lost and has not closed its ledger', () => {
    expect(state.shards).toEqual({ planned: 2, reporting: 2, lost: [], ledgerClosed: false });
    expect(state.generator).toMatchObject({
      cpuSeconds: 4,
      peakRssBytes: 240,
      rssBytes: 100,
      openSockets: 3,
    });
  });

  it('counts as not started until it has spoken, as lost when it is lost again', () => {
    expect(aggregate([present, replaced], [old]).ledger).toMatchObject({ notStarted: 4, lostWithAgent: 0 });
    const again = aggregate([{ ...present, lostAtSecond: 50 }, replaced], [old, fresh.snapshot()]);
    expect(again.ledger).toMatchObject({ lostWithAgent: 4, ready: 0 });
    expect(again.shards).toMatchObject({ lost: [0], ledgerClosed: true });
    expect(valueAt(again.recovery.inService, 50)).toBe(0);
  });

  it('has no phones in its old grant, even if that closed its ledger when it was lost', () => {
    const closed: ShardSnapshot = { ...old, ledgerClosed: true };
    const { ledger, shards } = aggregate([present, replaced], [closed, fresh.snapshot()]);
    expect(Object.values(ledger).reduce((sum, count) => sum + count, 0)).toBe(4);
    expect(shards.lost).toEqual([]);
  });
});

describe('an agent that fenced itself', () => {
  it('has lost its phones from when it fell asleep, or when that was noticed', () => {
    const metrics = grantOf([bootEvents(WHOLE_BOOT), []], 1);
    metrics.fence(20_400);
    const snapshot = metrics.snapshot();
    expect([snapshot.ledgerClosed, snapshot.goneAtSecond]).toEqual([true, 21]);
    const alone = aggregate([{ shard: 0, phones: 2 }], [snapshot]);
    expect(alone.ledger).toMatchObject({ lostWithAgent: 2, ready: 0, notStarted: 0 });
    expect(alone.recovery.inService.slice(-2)).toEqual([21, 0]);
    const noticed = aggregate([{ shard: 0, phones: 2, lostAtSecond: 31 }], [snapshot]);
    expect(noticed.recovery.inService.slice(-2)).toEqual([31, 0]);
    expect(noticed.ledger).toMatchObject({ lostWithAgent: 2 });
  });

  it('has lost nothing when its ledger was closed before', () => {
    const metrics = grantOf([bootEvents(WHOLE_BOOT)], 1);
    metrics.closeLedger(20_000);
    metrics.fence(25_000);
    const { ledger } = aggregate([{ shard: 0, phones: 1, lostAtSecond: 40 }], [metrics.snapshot()]);
    expect(ledger).toMatchObject({ ready: 1, lostWithAgent: 0 });
  });
});

/** What becomes of a shard, grant by grant; the last may go on, be lost, or fence itself. */
const grants = fc.array(
  fc.record({
    end: fc.constantFrom('runs', 'closed', 'lost', 'fenced', 'silent' as const),
    atSecond: fc.nat(100),
  }),
  { minLength: 1, maxLength: 4 },
);

it('the ledger sums to what was asked, and no figure is counted twice, whatever is lost and begins anew', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(stories, grants), { minLength: 1, maxLength: 4 }), (shards) => {
      const planned: PlannedShard[] = [];
      const snapshots: ShardSnapshot[] = [];
      let registrations = 0;
      for (const [shard, [phones, lives]] of shards.entries()) {
        for (const [index, { end, atSecond }] of lives.entries()) {
          const [epoch, isLast] = [index + 1, index === lives.length - 1];
          const isLost = !isLast || end === 'lost' || end === 'silent';
          planned.push({
            shard,
            epoch,
            phones: isLast ? phones.length : 0,
            lostAtSecond: isLost ? atSecond : null,
          });
          if (end === 'silent') continue;
          const metrics = grantOf(phones, epoch, shard);
          if (end === 'closed') metrics.closeLedger(1e8);
          if (end === 'fenced') metrics.fence(atSecond * 1000);
          const early = metrics.snapshot();
          const last = metrics.snapshot();
          registrations += last.registrations;
          snapshots.push(last, early);
        }
      }
      const state = aggregate(planned, snapshots);
      const asked = shards.reduce((sum, [phones]) => sum + phones.length, 0);
      const sum = Object.values(state.ledger).reduce((total, count) => total + count, 0);
      expect([state.asked, sum]).toEqual([asked, asked]);
      expect(Object.values(state.ledger).every((count) => count >= 0)).toBe(true);
      expect(state.registrations).toBe(registrations);
      expect(state.recovery.fromPower.count).toBeLessThanOrEqual(asked);
      expect(state.shards.planned).toBe(shards.length);
      const lost = shards.flatMap(([, lives], shard) =>
        ['lost', 'silent', 'fenced'].includes(lives.at(-1)?.end ?? '') ? [shard] : [],
      );
      expect(state.shards.lost).toEqual(lost);
      expect(state.recovery.inService.at(-1) ?? 0).toBe(
        lost.length === shards.length ? 0 : state.ledger.ready,
      );
    }),
    { numRuns: 60 },
  );
});
