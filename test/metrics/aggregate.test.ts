import { Histogram } from '../../src/metrics/histogram.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aggregate } from '../../src/metrics/aggregate.ts';
import type { RunState, ServerState } from '../../src/metrics/run-state.ts';
import { STAGE_NAMES } from '../../src/phone/stages.ts';
import { GENERATOR } from './generator-sample.ts';
import { bootEvents, shardOf, snapshotsOf, stories, WHOLE_BOOT } from './phone-stories.ts';

/** A run state as plain data, for comparison; sums of floats differ by the order of addition. */
function plain(state: RunState): unknown {
  return JSON.parse(
    JSON.stringify(state, (_, value: unknown) =>
      value instanceof Histogram ? { ...value.toSparse(), sum: 0 } : value,
    ),
  );
}

/** What may not depend on how phones are divided into shards: everything but the division itself. */
function comparable(state: RunState): unknown {
  const inService = dropRepeats(state.recovery.inService);
  return plain({
    ...state,
    shards: { ...state.shards, planned: 0, reporting: 0 },
    recovery: { ...state.recovery, inService },
  });
}

describe('aggregate', () => {
  it('is the same for snapshots that are lost, late, repeated or out of order', () => {
    fc.assert(
      fc.property(stories, stories, fc.infiniteStream(fc.nat(1000)), (a, b, random) => {
        const planned = [
          { shard: 0, phones: a.length },
          { shard: 1, phones: b.length },
        ];
        const last = [shardOf(a, 0), shardOf(b, 1)].map((metrics) => ({
          ...metrics.snapshot(),
          sequence: 9999,
        }));
        const stream = [...snapshotsOf(a, 0, 3), ...snapshotsOf(b, 1, 5), ...last, ...last];
        const shuffled = stream
          .filter((snapshot) => snapshot.sequence === 9999 || random.next().value % 3 !== 0)
          .map((snapshot) => ({ snapshot, order: random.next().value }))
          .sort((x, y) => x.order - y.order)
          .map(({ snapshot }) => snapshot);
        expect(plain(aggregate(planned, shuffled))).toEqual(plain(aggregate(planned, last)));
      }),
    );
  });

  it('adds shards up to what one shard with all phones would have said', () => {
    fc.assert(
      fc.property(stories, stories, (a, b) => {
        const apart = aggregate(
          [
            { shard: 0, phones: a.length },
            { shard: 1, phones: b.length },
          ],
          [shardOf(a, 0).snapshot(), shardOf(b, 1).snapshot()],
        );
        const together = aggregate(
          [{ shard: 0, phones: a.length + b.length }],
          [shardOf([...a, ...b]).snapshot()],
        );
        expect(comparable(apart)).toEqual(comparable(together));
      }),
    );
  });

  it('names the same stragglers, however phones are divided into shards', () => {
    fc.assert(
      fc.property(stories, stories, (a, b) => {
        const [first, second, all] = [shardOf(a, 0), shardOf(b, 1, a.length), shardOf([...a, ...b])];
        for (const metrics of [first, second, all]) metrics.closeLedger(1e8);
        const planned = [a, b].map((phones, shard) => ({ shard, phones: phones.length }));
        const apart = aggregate(planned, [second.snapshot(), first.snapshot()]);
        const together = aggregate([{ shard: 0, phones: a.length + b.length }], [all.snapshot()]);
        expect(apart.stragglers).toEqual(together.stragglers);
        const missing = apart.stragglers.filter(({ state }) => state !== 'ready');
        expect(missing).toHaveLength(a.length + b.length - apart.ledger.ready);
      }),
    );
  });

  it('keeps sums: tries of phones are the tries of stages, tokens of servers are those of the run', () => {
    fc.assert(
      fc.property(stories, (phones) => {
        const metrics = shardOf(phones);
        metrics.closeLedger(1e8);
        const state = aggregate([{ shard: 0, phones: phones.length }], [metrics.snapshot()]);
        for (const stage of STAGE_NAMES) {
          const tries = state.stragglers.reduce((sum, { stages }) => sum + (stages[stage]?.attempts ?? 0), 0);
          expect(tries, stage).toBe(state.stages[stage].attempts);
        }
        const sum = (of: (server: ServerState) => number): number =>
          state.servers.reduce((total, server) => total + of(server), 0);
        expect(sum(({ tokens }) => tokens.outcomes.granted)).toBe(state.tokens.outcomes.granted);
        expect(sum(({ failedOverTo }) => failedOverTo)).toBe(state.group.failovers);
        expect(sum(({ failedOverFrom }) => failedOverFrom)).toBe(state.group.failovers);
        expect(sum(({ fellBackTo }) => fellBackTo)).toBe(state.group.fallbacks);
        expect(sum(({ lost }) => lost.reduce((all, { count }) => all + count, 0))).toBe(state.servicesLost);
        expect(sum(({ standbyNow }) => standbyNow)).toBe(0);
        const { phonesFailedOver, failovers } = state.group;
        expect(phonesFailedOver).toBeLessThanOrEqual(failovers);
      }),
    );
  });

  it('prefers the higher epoch to the higher sequence', () => {
    const old = { ...shardOf([bootEvents(WHOLE_BOOT)]).snapshot(), sequence: 50 };
    const fresh = { ...shardOf([[]]).snapshot(), epoch: 1 };
    expect(aggregate([{ shard: 0, phones: 1 }], [fresh, old]).ledger).toMatchObject({
      ready: 0,
      notStarted: 1,
    });
  });

  it('counts the phones of a shard that has not spoken as not started', () => {
    const state = aggregate([{ shard: 7, phones: 40 }], []);
    expect(state.ledger).toMatchObject({ notStarted: 40 });
    expect(state.shards).toEqual({ planned: 1, reporting: 0, lost: [], ledgerClosed: false });
  });

  it('loses the phones of a lost agent, out of service from then on, and keeps what was measured', () => {
    const snapshot = shardOf([bootEvents(WHOLE_BOOT), bootEvents(['pass', 'fail'])]).snapshot();
    const state = aggregate([{ shard: 0, phones: 2, lostAtSecond: 30 }], [snapshot]);
    expect(state.ledger).toMatchObject({ lostWithAgent: 2, ready: 0, trying: 0 });
    expect(state.stages.ready.latency.count).toBe(1);
    expect(state.failures).toHaveLength(1);
    expect(state.unfinished).toEqual([]);
    expect(state.recovery.inService).toEqual([0, 0, 2, 1, 30, 0]);
    expect(state.servers.find(({ role }) => role === 'callManager')).toMatchObject({
      registeredNow: 0,
      registeredPeak: 1,
    });
  });

  it('loses nothing when an agent is lost after its ledger was closed', () => {
    const metrics = shardOf([bootEvents(WHOLE_BOOT)]);
    metrics.closeLedger(99_000);
    const state = aggregate([{ shard: 0, phones: 1, lostAtSecond: 30 }], [metrics.snapshot()]);
    expect(state.ledger).toMatchObject({ ready: 1, lostWithAgent: 0 });
    expect(state.shards).toMatchObject({ lost: [], ledgerClosed: true });
  });

  it('counts what a process used once, and what a shard used for each shard', () => {
    const shards = [0, 1, 2].map((shard) => ({ shard, phones: 1 }));
    const state = aggregate(shards, [
      shardOf([[]], 0).snapshot(GENERATOR),
      shardOf([[]], 1).snapshot({ ...GENERATOR, cpuSeconds: 3, peakDescriptors: 9, networkDrops: 3 }),
      shardOf([[]], 2).snapshot({ ...GENERATOR, agent: 'b' }),
    ]);
    expect(state.generator).toMatchObject({
      cpuSeconds: 5,
      peakRssBytes: 240,
      openSockets: 9,
      openDescriptors: 10,
      descriptorLimit: 2048,
      fewestFreeDescriptors: 1015,
      relayedReplies: 12,
      droppedDatagrams: 3,
      networkDrops: 3,
    });
    const elsewhere = { ...GENERATOR, agent: 'b', network: 'there net', openDescriptors: null };
    const apart = aggregate(shards.slice(1), [
      shardOf([[]], 1).snapshot({ ...GENERATOR, peakDescriptors: null }),
      shardOf([[]], 2).snapshot({ ...elsewhere, peakDescriptors: null }),
    ]);
    expect(apart.generator).toMatchObject({
      openDescriptors: null,
      fewestFreeDescriptors: null,
      networkDrops: 4,
    });
  });

  it('takes the longest block of any worker, and none from the time after the ledger was closed', () => {
    const [first, second] = [shardOf([[]], 0), shardOf([[]], 1)];
    first.eventLoopLag(20);
    second.eventLoopLag(512);
    second.eventLoopLag(3);
    second.closeLedger(5000);
    second.eventLoopLag(9000);
    const shards = [0, 1].map((shard) => ({ shard, phones: 1 }));
    const state = aggregate(shards, [first.snapshot(), second.snapshot()]);
    expect(state.generator.longestBlockMs).toBe(512);
  });
});

/** The curve without points at which nothing changes. */
function dropRepeats(curve: readonly number[]): number[] {
  const kept: number[] = [];
  let value = -1;
  for (let i = 0; i + 1 < curve.length; i += 2) {
    if (curve[i + 1] === value) continue;
    value = curve[i + 1] as number;
    kept.push(curve[i] as number, value);
  }
  return kept;
}
