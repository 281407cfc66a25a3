/** Shards in the worker threads of a pool, ordered about as an agent on many machines does. */
import { describe, expect, it } from 'vitest';
import { monotonicMilliseconds } from '../../src/drivers/clock.ts';
import type { AgentMessage } from '../../src/engine/agent-contract.ts';
import { ShardPool } from '../../src/engine/shard-pool.ts';
import type { ShardSnapshot } from '../../src/metrics/shard-snapshot.ts';
import { MemoryRampStore } from '../../src/ramp/memory-ramp-store.ts';
import { firstGrant, type ShardGrant } from '../../src/runner/shard-grant.ts';
import type { RunPlan } from '../../src/scenario/plan.ts';
import { planOf } from '../scenario/load-yaml.ts';

/** Phones that need nobody: every step is left out. */
const PLAN = planOf(
  'phones: { generate: { count: 3 } }\nskip: [power, image, vlan, dhcp, ctl, config, callManager]',
);

class Pool {
  readonly store = new MemoryRampStore<RunPlan>();
  readonly messages: AgentMessage[] = [];
  readonly #looks = new Set<() => void>();
  readonly pool = new ShardPool({
    agent: 'left',
    shards: 1,
    threads: { least: 1, most: 1 },
    fenceAfterMs: 60_000,
    report: (message) => {
      this.messages.push(message);
      for (const look of this.#looks) look();
    },
  });

  /** Resolves when such a message has come. */
  heard(is: (message: AgentMessage) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!this.messages.some(is)) return;
        this.#looks.delete(look);
        resolve();
      };
      this.#looks.add(look);
      look();
    });
  }

  showed(is: (snapshot: ShardSnapshot) => boolean): Promise<void> {
    return this.heard((message) => message.type === 'snapshot' && is(message.snapshot));
  }

  /** Runs a grant to its end, in a run that started so long ago. */
  async run(grant: ShardGrant, sinceMs: number): Promise<void> {
    await this.store.publish(PLAN);
    const ended = this.pool.run(grant, this.store);
    await this.heard(({ type }) => type === 'prepared');
    await this.store.arm(monotonicMilliseconds() - sinceMs);
    await ended;
  }
}

describe('a pool', () => {
  it('withholds starts in shards that it is yet to run, and lets go of them when it is told', async () => {
    const left = new Pool();
    left.pool.holdStarts(true);
    const running = left.run(firstGrant(0, null), 0);
    await left.showed(({ power }) => power.withheld === 3);
    const held = left.messages.flatMap((message) => (message.type === 'snapshot' ? [message.snapshot] : []));
    expect(held.at(-1)?.phones).toMatchObject({ notStarted: 3, ready: 0 });
    expect(held.at(-1)?.power.eventsLeft).toBe(3);
    left.pool.holdStarts(false);
    await left.showed(({ phones }) => phones.ready === 3);
    await left.store.stop('drain', monotonicMilliseconds());
    await running;
    await left.pool.destroy();
    expect(left.messages.at(-1)).toMatchObject({
      type: 'finished',
      result: {
        fencedAfterMs: null,
        snapshot: { generator: { agent: 'left' }, power: { withheld: 3, eventsLeft: 0 }, ledgerClosed: true },
      },
    });
  });

  it('runs a grant of a shard that begins anew in a run which started long ago', async () => {
    const left = new Pool();
    const restart = { atMs: 100_000, wave: 1 };
    const running = left.run({ ...firstGrant(0, null), epoch: 4, restart }, 100_000);
    await left.showed(({ phones }) => phones.ready === 3);
    await left.store.stop('drain', monotonicMilliseconds());
    await running;
    await left.pool.destroy();
    expect(left.messages.at(-1)).toMatchObject({
      type: 'finished',
      result: { snapshot: { epoch: 4, firstStart: { intendedMs: restart.atMs }, phones: { ready: 3 } } },
    });
  });
});
