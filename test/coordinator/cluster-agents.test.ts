/** What beats tell of agents. */
import { describe, expect, it } from 'vitest';
import { ClusterAgents } from '../../src/coordinator/cluster-agents.ts';
import { ClusterBook } from '../../src/coordinator/cluster-book.ts';
import type { ClusterLook } from '../../src/coordinator/cluster-look.ts';
import { type Beat, SILENCE_LIMIT_MS } from '../../src/engine/cluster-contract.ts';
import { MACHINE } from '../support/scripted-coordinator.ts';

const MEMBER = { ...MACHINE, name: 'a', index: 0 };

function lookAt(sequence: number, shards: readonly number[], epoch = 1): ClusterLook {
  const beat: Beat = {
    agent: 'a',
    sequence,
    state: 'running',
    grants: shards.map((shard) => ({ shard, epoch })),
    prepared: [],
    failures: [],
    clock: { errorMs: 0, driftMs: null },
    holdsStarts: false,
    sleptMs: null,
  };
  return {
    members: [MEMBER],
    beats: new Map([['a', beat]]),
    owners: new Map(shards.map((shard) => [shard, 'a'])),
    results: [],
  };
}

/** Looks each second until somebody is given up; the last look. */
function untilLost(agents: ClusterAgents, look: ClusterLook, fromMs: number): number {
  for (let nowMs = fromMs; nowMs < fromMs + 2 * SILENCE_LIMIT_MS; nowMs += 1000) {
    if (agents.take(look, nowMs).losses.length > 0) return nowMs;
  }
  throw new Error('nobody was given up');
}

describe('an agent that was lost', () => {
  it('and has taken a shard again counts as alive, and is watched again', () => {
    const agents = new ClusterAgents(new ClusterBook(), 0);
    const lostAtMs = untilLost(agents, lookAt(1, [0]), 0);
    agents.lost('a');
    // Heard again, without shards: nobody waits for it.
    agents.take(lookAt(2, []), lostAtMs + 1000);
    expect(agents.views).toMatchObject([{ state: 'lost' }]);
    agents.take(lookAt(3, [1], 2), lostAtMs + 2000);
    expect(agents.views).toMatchObject([{ state: 'running', shards: [1] }]);
    const again = untilLost(agents, lookAt(3, [1], 2), lostAtMs + 3000);
    expect(agents.take(lookAt(3, [1], 2), again + 1000).losses).toMatchObject([{ agent: 'a', shards: [1] }]);
  });
});
