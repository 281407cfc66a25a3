import { describe, expect, it } from 'vitest';
import { agentFacts, type FleetAgent, startSkewOf } from '../../src/metrics/agent-facts.ts';
import { aggregate } from '../../src/metrics/aggregate.ts';
import type { ShardSnapshot } from '../../src/metrics/shard-snapshot.ts';
import { GENERATOR } from './generator-sample.ts';
import { bootEvents, shardOf, WHOLE_BOOT } from './phone-stories.ts';
import { agentOf } from './run-facts-example.ts';

const FLEET: FleetAgent = {
  name: 'a',
  host: 'here',
  state: 'running',
  shards: [0, 2],
  clockErrorMs: 0.4,
  clockDriftMs: null,
};

/** A shard of one phone that was to start at `from`, and did so `lateMs` later. */
function started(shard: number, agent: string, from: number, lateMs: number): ShardSnapshot {
  const [powerOn, ...rest] = bootEvents(WHOLE_BOOT, { from });
  if (powerOn?.type !== 'poweredOn') throw new Error('a boot begins with power');
  const late = { ...powerOn, now: from + lateMs };
  return shardOf([[late, ...rest]], shard).snapshot({ ...GENERATOR, agent });
}

describe('agentFacts', () => {
  it('counts the phones that its shards have in the plan', () => {
    const state = aggregate([], []);
    const [facts] = agentFacts([FLEET], (shard) => [4, 3, 3][shard] ?? 0, state, new Map());
    expect(facts).toEqual({ ...FLEET, phones: 4 + 3, firstStartLateMs: null, trouble: null });
  });

  it('takes the lateness of the start that comes first in the schedule, of several at one instant the latest', () => {
    const snapshots = [
      started(0, 'a', 50, 9),
      started(1, 'a', 10, 2),
      started(2, 'a', 10, 3),
      started(3, 'b', 0, 1),
    ];
    const planned = snapshots.map(({ shard }) => ({ shard, phones: 1 }));
    const fleet = ['a', 'b', 'c'].map((name) => ({ ...FLEET, name, shards: [] }));
    const why = new Map([['c', 'ended before its phones did']]);
    const facts = agentFacts(fleet, () => 1, aggregate(planned, snapshots), why);
    expect(facts.map(({ firstStartLateMs }) => firstStartLateMs)).toEqual([3, 1, null]);
    expect(facts.map(({ trouble }) => trouble)).toEqual([null, null, 'ended before its phones did']);
    expect(startSkewOf(facts).betweenAgentsMs).toBe(2);
  });

  it('keeps the first start of a grant that was lost and begun anew', () => {
    const lost = started(0, 'a', 0, 7);
    const anew = { ...started(0, 'b', 9000, 1), epoch: 2 };
    const planned = [
      { shard: 0, phones: 1, epoch: 2 },
      { shard: 0, phones: 0, epoch: lost.epoch, lostAtSecond: 3 },
    ];
    const { firstStarts } = aggregate(planned, [anew, lost]).generator;
    expect([...firstStarts]).toEqual(
      expect.arrayContaining([
        ['a', { intendedMs: 0, lateMs: 7 }],
        ['b', { intendedMs: 9000, lateMs: 1 }],
      ]),
    );
  });
});

describe('the skew of the first start', () => {
  it('is bounded by the two least certain clocks', () => {
    const agents = [0.1, 0.5, 0.3].map((clockErrorMs, i) => agentOf(i, { clockErrorMs }));
    expect(startSkewOf(agents)).toEqual({ betweenAgentsMs: 0.5, clockErrorMs: 0.8 });
  });

  it('is nothing for one agent, and not known before a start', () => {
    expect(startSkewOf([agentOf(0, { clockErrorMs: 3 })])).toEqual({ betweenAgentsMs: 0, clockErrorMs: 0 });
    expect(startSkewOf([agentOf(0, { firstStartLateMs: null })]).betweenAgentsMs).toBeNull();
  });
});
