/** An agent in the test's own process, its shards in worker threads, its coordinator at the other end of a channel. */
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { runAgent } from '../../src/engine/agent.ts';
import { type AgentMessage, firstGrant } from '../../src/engine/agent-contract.ts';
import { MemoryRampStore } from '../../src/ramp/memory-ramp-store.ts';
import { serveRampStore } from '../../src/ramp/port-ramp-store.ts';
import { monotonicMilliseconds } from '../../src/drivers/clock.ts';
import { compilePlan } from '../../src/scenario/compile.ts';
import { loadScenario } from '../../src/scenario/load.ts';
import type { RunPlan } from '../../src/scenario/plan.ts';

/** Phones that need nobody: every step is left out. */
function lonelyPlan(phones: number): RunPlan {
  const skip = 'power,image,vlan,dhcp,ctl,config,callManager';
  return compilePlan(loadScenario({ flags: { skip, phones: String(phones) } }));
}

interface Coordinator {
  readonly store: MemoryRampStore<RunPlan>;
  readonly messages: readonly AgentMessage[];
  /** Resolves when so many messages of the type have come. */
  received(type: AgentMessage['type'], count: number): Promise<void>;
  /** Runs an agent with so many shards, to its end; its last messages may still be on their way. */
  runAgent(shards: number): Promise<void>;
  close(): void;
}

function coordinator(): Coordinator {
  const { port1, port2 } = new MessageChannel();
  const store = new MemoryRampStore<RunPlan>();
  const messages: AgentMessage[] = [];
  const waiting = new Set<() => void>();
  const stopServing = serveRampStore(store, port1);
  port1.on('message', (message: { type?: AgentMessage['type'] }) => {
    if (!['prepared', 'snapshot', 'finished', 'failed'].includes(message.type ?? '')) return;
    messages.push(message as AgentMessage);
    for (const look of waiting) look();
  });
  const countOf = (type: AgentMessage['type']): number => messages.filter((one) => one.type === type).length;
  return {
    store,
    messages,
    received: (type, count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (countOf(type) < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    runAgent: async (shards) => {
      const grants = Array.from({ length: shards }, (_, shard) => firstGrant(shard, null));
      await runAgent({ type: 'prepare', agent: 'agent-0', shards: grants, shardCount: shards }, port2);
    },
    close: () => {
      stopServing();
      port1.close();
    },
  };
}

describe('an agent', () => {
  it('runs its shards side by side, each to its last snapshot', async () => {
    const boss = coordinator();
    await boss.store.publish(lonelyPlan(5));
    const ended = boss.runAgent(2);
    await boss.received('prepared', 2);
    await boss.store.arm(monotonicMilliseconds());
    await boss.received('snapshot', 2);
    await boss.store.stop('drain', monotonicMilliseconds());
    await ended;
    await boss.received('finished', 2);
    boss.close();
    const finished = boss.messages.flatMap((message) =>
      message.type === 'finished' ? [message.result] : [],
    );
    expect(new Set(finished.map(({ shard }) => shard))).toEqual(new Set([0, 1]));
    expect(finished.every(({ snapshot }) => snapshot.ledgerClosed)).toBe(true);
    expect(finished.reduce((sum, { snapshot }) => sum + snapshot.phones.ready, 0)).toBe(5);
  });

  it('reports a shard that fails as data, with what the error was', async () => {
    const boss = coordinator();
    // Nothing is published: a shard has no plan to run.
    await boss.runAgent(1);
    await boss.received('failed', 1);
    boss.close();
    expect(boss.messages).toMatchObject([
      {
        type: 'failed',
        shard: 0,
        error: { code: null, message: expect.stringContaining('published') as string },
      },
    ]);
  });
});
