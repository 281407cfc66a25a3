/** Coordinators on a real Redis, with agents that the test plays. */
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ClusterFleet } from '../../src/coordinator/cluster-fleet.ts';
import { ClusterRun } from '../../src/coordinator/cluster-run.ts';
import { divideRun } from '../../src/coordinator/cluster-terms.ts';
import { gatherAgents } from '../../src/coordinator/gathering.ts';
import { type LoggedEntry, RunLog, type RunLogEntry } from '../../src/coordinator/run-log.ts';
import { steerRun } from '../../src/coordinator/steering.ts';
import { StormRun } from '../../src/coordinator/storm-run.ts';
import { takeRunOver } from '../../src/coordinator/take-over.ts';
import type { RunPlan } from '../../src/scenario/plan.ts';
import { planOf } from '../scenario/load-yaml.ts';
import { RedisServer } from '../support/redis-server.ts';
import { ScriptedAgent } from './scripted-agent.ts';

const PHONES = 10;
const LIMIT_MS = 300_000;
const PORTS = { first: 32_768, last: 60_999 };
const RUN = 'storm';

function plan(hold: string, onAgentLoss = 'continue'): RunPlan {
  return planOf(`phones: { generate: { count: ${PHONES} } }
hold: ${hold}
target: { tftp: { servers: [127.0.0.1:6969] }, dhcp: static }
drain: { patience: 3s }
cluster: { onAgentLoss: ${onAgentLoss}, wait: 30s }`);
}

class Coordinator {
  readonly log: RunLog;
  readonly storm: StormRun;
  readonly cluster: ClusterRun;
  readonly #waiting: { readonly type: RunLogEntry['type']; readonly resolve: () => void }[] = [];

  constructor(
    cluster: ClusterRun,
    wanted: RunPlan,
    shardCount: number,
    earlier: readonly LoggedEntry[] | null,
  ) {
    this.cluster = cluster;
    this.log = new RunLog(
      null,
      ({ entry }) => {
        for (const { type, resolve } of this.#waiting) if (type === entry.type) resolve();
      },
      earlier ?? [],
    );
    const isResumed = earlier !== null;
    const fleet = new ClusterFleet({
      run: cluster,
      shardCount,
      vanish: false,
      entries: this.log.entries,
      isResumed,
    });
    this.storm = new StormRun({ plan: wanted, fleet, log: this.log });
  }

  logged(type: RunLogEntry['type']): Promise<void> {
    if (this.types.includes(type)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ type, resolve });
    });
  }

  /** Waits for it; the test's own limit ends it when it never comes. */
  async until(holds: (coordinator: Coordinator) => boolean): Promise<void> {
    while (!holds(this)) await pause(50);
  }

  get types(): string[] {
    return this.log.entries.map(({ entry }) => entry.type);
  }
}

async function begin(
  server: RedisServer,
  wanted: RunPlan,
): Promise<{ coordinator: Coordinator; agents: ScriptedAgent[] }> {
  const cluster = await ClusterRun.open({ url: server.url, run: RUN }, { agents: 2, version: 'test' });
  const redis = await server.client();
  const agents = await Promise.all(
    ['a', 'b'].map((name) => ScriptedAgent.join(redis, server.url, RUN, name, PHONES)),
  );
  const gathering = {
    run: cluster,
    agents: 2,
    waitSeconds: 30,
    say: () => {},
    signal: new AbortController().signal,
  };
  const members = (await gatherAgents(gathering)) ?? [];
  const { terms, budget } = divideRun(wanted, members, PORTS);
  await cluster.settle(terms, budget.workers);
  return { coordinator: new Coordinator(cluster, wanted, budget.workers, null), agents };
}

describe.concurrent('a run on agents by way of Redis', () => {
  it('goes through its phases, and a steer from elsewhere is followed and logged; its id is used up', {
    timeout: LIMIT_MS,
  }, async () => {
    const server = await RedisServer.start();
    const place = { url: server.url, run: RUN };
    await expect(steerRun(place, { type: 'abort' })).rejects.toMatchObject({ code: 'run-unknown' });
    await expect(takeRunOver(place, 'test', () => {})).rejects.toMatchObject({ code: 'run-unknown' });
    const { coordinator, agents } = await begin(server, plan('12s'));
    await expect(steerRun(place, { type: 'rate', slope: 0 })).rejects.toMatchObject({ code: 'run-not-open' });
    const running = coordinator.storm.run();
    await coordinator.logged('armed');
    const { fromSecond } = await steerRun(place, { type: 'rate', slope: 0.5 });
    await expect(ClusterRun.open(place, { agents: 2, version: 'test' })).rejects.toMatchObject({
      code: 'run-id-used',
    });
    await coordinator.logged('steered');
    const { state, reason } = await running;
    await coordinator.cluster.end(coordinator.log.entries);
    expect(reason).toBe('hold-over');
    expect(state.ledger).toMatchObject({ ready: PHONES, lostWithAgent: 0 });
    expect(coordinator.log.entries.find(({ entry }) => entry.type === 'steered')?.entry).toMatchObject({
      slope: 0.5,
      fromSecond: expect.closeTo(fromSecond, 2),
    });
    await expect(steerRun(place, { type: 'abort' })).rejects.toMatchObject({ code: 'run-not-open' });
    await expect(takeRunOver(place, 'test', () => {})).rejects.toMatchObject({ code: 'run-not-open' });
    for (const agent of agents) await agent.die();
  });

  it.each([
    ['continue', PHONES / 2, 0],
    ['restart', PHONES, 1],
  ] as const)(
    'whose agent is lost (%s) closes its ledger, and counts nobody twice',
    { timeout: LIMIT_MS },
    async (policy, ready, waves) => {
      const server = await RedisServer.start();
      const { coordinator, agents } = await begin(server, plan('5m', policy));
      const running = coordinator.storm.run();
      await coordinator.logged('holding');
      await agents[1]?.die();
      await coordinator.logged('agentLost');
      await coordinator.until(({ storm }) => storm.state.ledger.ready === ready);
      coordinator.storm.stop();
      const { state } = await running;
      await coordinator.cluster.end(coordinator.log.entries);
      expect(state.ledger).toMatchObject({ ready, lostWithAgent: PHONES - ready });
      expect(coordinator.storm.waves.length - plan('1s').waves.length).toBe(waves);
      expect(coordinator.types.filter((type) => type === 'agentLost')).toHaveLength(1);
      const epochs = agents[0]?.grants.map(({ epoch }) => epoch);
      expect(epochs).toEqual(policy === 'restart' ? [1, 2] : [1]);
      await agents[0]?.die();
    },
  );

  it('loses nobody while Redis is frozen, and gives it everything again when it has lost it', {
    timeout: LIMIT_MS,
  }, async () => {
    const server = await RedisServer.start();
    const { coordinator, agents } = await begin(server, plan('5m'));
    const running = coordinator.storm.run();
    await coordinator.logged('holding');
    server.freeze();
    await coordinator.logged('redisLost');
    server.thaw();
    await coordinator.logged('redisBack');
    await server.restartEmpty();
    await coordinator.until(({ log }) =>
      log.entries.some(({ entry }) => entry.type === 'redisBack' && entry.restored),
    );
    coordinator.storm.stop();
    const { state } = await running;
    expect(state.ledger).toMatchObject({ ready: PHONES, lostWithAgent: 0 });
    const entries = coordinator.log.entries.map(({ entry }) => entry);
    expect(entries).toContainEqual(expect.objectContaining({ type: 'redisBack', restored: true }));
    expect(coordinator.types).not.toContain('agentLost');
    await coordinator.cluster.end(coordinator.log.entries);
    for (const agent of agents) await agent.die();
  });

  it('is taken over in its hold, to the same ledger; the one before is deposed', {
    timeout: LIMIT_MS,
  }, async () => {
    const server = await RedisServer.start();
    const place = { url: server.url, run: RUN };
    const { coordinator, agents } = await begin(server, plan('20s'));
    const running = coordinator.storm.run();
    await coordinator.logged('holding');
    // It may be deposed before anybody asks.
    running.catch(() => {});
    // As if the first had been away for longer than its lease.
    const client = await server.client();
    const away = setInterval(() => void client.del('bootstorm:{storm}:lease'), 5);
    const taken = await takeRunOver(place, 'test', () => {}).finally(() => clearInterval(away));
    const second = new Coordinator(taken.run, taken.plan, taken.run.book.epochs.size, taken.entries);
    await expect(running).rejects.toMatchObject({ code: 'run-coordinated' });
    await coordinator.cluster.end(coordinator.log.entries);
    const { state, reason } = await second.storm.run(taken.state);
    expect(second.storm.phase).toBe('done');
    expect(reason).toBe('hold-over');
    expect(state.ledger).toMatchObject({ ready: PHONES, lostWithAgent: 0 });
    for (const type of ['wave', 'armed', 'holding']) {
      expect(second.types.filter((one) => one === type)).toHaveLength(1);
    }
    await taken.run.end(second.log.entries);
    for (const agent of agents) await agent.die();
  });
});
