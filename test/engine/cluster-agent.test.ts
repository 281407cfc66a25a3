/** Agents in the test's own process, their shards in worker threads, a real Redis, a coordinator that the test plays. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { parseAgentResult } from '../../src/engine/agent-result.ts';
import type { MachineAddresses } from '../../src/engine/cluster-addresses.ts';
import { ClusterAgent, type ClusterAgentOutcome } from '../../src/engine/cluster-agent.ts';
import type { AgentPatience } from '../../src/engine/cluster-contact.ts';
import { join as takeSeat } from '../../src/engine/cluster-scripts.ts';
import { addressPoolField } from '../../src/scenario/address-pool-field.ts';
import { RedisServer } from '../support/redis-server.ts';
import { lonelyPlan, MACHINE, ScriptedCoordinator, VERSION } from '../support/scripted-coordinator.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Running {
  readonly agent: ClusterAgent;
  readonly redis: Redis;
  readonly outcome: Promise<ClusterAgentOutcome>;
  readonly lines: readonly string[];
  readonly folder: string;
}

interface AgentSetup {
  readonly patience?: Partial<AgentPatience>;
  readonly own?: MachineAddresses;
}

const NO_ADDRESSES = { sources: null, relays: null };

async function startAgent(
  server: RedisServer,
  { run, keys }: ScriptedCoordinator,
  name: string,
  { patience = {}, own = NO_ADDRESSES }: AgentSetup = {},
): Promise<Running> {
  const redis = await server.client();
  const member = { ...MACHINE, name };
  const seat = await takeSeat(redis, keys, member, { seats: 9, wantedIndex: null });
  if (seat.verdict !== 'joined') throw new Error(`no seat: ${seat.verdict}`);
  const lines: string[] = [];
  const folder = temporaryFolder({});
  const agent = new ClusterAgent({
    redis,
    url: server.url,
    run,
    member: { ...member, index: seat.index },
    own,
    certificates: null,
    results: folder,
    say: (line) => lines.push(line),
    patience,
  });
  const outcome = agent.run();
  // A test that expects a rejection looks at it later.
  outcome.catch(() => {});
  return { agent, redis, outcome, lines, folder };
}

/** A coordinator and one agent whose shard runs. */
async function startRun(
  setup: AgentSetup = {},
  flags: Readonly<Record<string, string>> = {},
  terms: Parameters<ScriptedCoordinator['publish']>[1] = {},
): Promise<{ readonly server: RedisServer; readonly boss: ScriptedCoordinator; readonly a: Running }> {
  const server = await RedisServer.start();
  const boss = await ScriptedCoordinator.start(server);
  const a = await startAgent(server, boss, 'a', setup);
  await boss.publish(lonelyPlan(flags), terms);
  await boss.beatWhere('a', ({ state }) => state === 'ready');
  await boss.arm();
  await boss.until(async () => (await boss.snapshots()).length > 0);
  return { server, boss, a };
}

const DONE = { ending: 'finished', file: null, failure: null };

describe.concurrent('an agent of a run on many machines', () => {
  it('runs the shards of its seat from the common start to the common end', async () => {
    const server = await RedisServer.start();
    const boss = await ScriptedCoordinator.start(server);
    const agents = [await startAgent(server, boss, 'a'), await startAgent(server, boss, 'b')];
    expect(agents.map(({ agent }) => agent.measured)).toEqual([null, null]);
    await boss.publish(lonelyPlan(), { agents: 2 });
    for (const name of ['a', 'b']) await boss.beatWhere(name, ({ state }) => state === 'ready');
    const prepared = (await boss.beats()).flatMap((beat) => beat.prepared);
    expect(new Set(prepared)).toEqual(new Set([0, 1]));
    await boss.arm();
    await boss.until(async () => (await boss.snapshots()).length === 2);
    await boss.stop();
    const results = await boss.until(async () => {
      const all = await boss.results();
      return all.length === 2 ? all : null;
    });
    expect(results.map(({ snapshot }) => snapshot.phones.ready)).toEqual([3, 3]);
    expect(results.every(({ snapshot }) => snapshot.ledgerClosed)).toBe(true);
    // Each exports its own phones: a sum over the agents counts none twice.
    expect(agents.map(({ agent }) => agent.measured)).toMatchObject(
      Array(2).fill({ asked: 3, ledger: { ready: 3 } }),
    );
    // Nobody has taken the results over yet: the agents hold on to them.
    expect((await boss.beatWhere('a', ({ state }) => state === 'finished')).failures).toEqual([]);
    await boss.takeResults();
    for (const { outcome } of agents) expect(await outcome).toEqual(DONE);
    expect(Object.values(await boss.redis.hgetall(boss.keys.owners)).toSorted()).toEqual(['a', 'b']);
  });

  it('takes the present grant of a shard only, and stops one that was granted to somebody else', async () => {
    const { boss, a } = await startRun({}, {}, { mostThreads: 2 });
    // Older than the present grant of its shard.
    await boss.redis.hset(boss.keys.epochs, 7, 3);
    await boss.offer(7, 2, 1);
    await boss.until(async () => (await boss.waitingJobs()) === 0);
    await boss.redis.hset(boss.keys.epochs, 0, 2);
    const beat = await boss.beatWhere('a', ({ grants }) => grants.length === 0);
    expect(beat.failures).toEqual([]);
    await boss.stop();
    // What the old grant has measured goes nowhere.
    expect(await a.outcome).toEqual(DONE);
    expect(await boss.results()).toEqual([]);
    expect(a.lines.join('\n')).toMatch(/shard 0 was taken from this agent/);
    expect(a.lines.join('\n')).not.toMatch(/shard 7/);
  });

  it('begins a lost shard beside its own', async () => {
    const { boss, a } = await startRun({}, {}, { mostThreads: 2, agents: 1 });
    await boss.grant(0, 2, 1, { restart: { atMs: 0, wave: 1 } });
    await boss.beatWhere('a', ({ grants }) => grants.some(({ epoch }) => epoch === 2));
    await boss.until(async () => (await boss.snapshots()).some(({ epoch }) => epoch === 2));
    await boss.stop();
    await boss.until(async () => (await boss.takeResults()).length === 1);
    expect(await a.outcome).toEqual(DONE);
    expect((await boss.results())[0]?.snapshot.epoch).toBe(2);
  });

  it('closes all connections at once after a sleep', async () => {
    const { boss, a } = await startRun({ patience: { sleepMs: 1500 } });
    // The process, as far as its timers can tell, does not run.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1600);
    const beat = await boss.beatWhere('a', ({ state }) => state === 'fenced');
    expect(beat.sleptMs).toBeGreaterThan(1500);
    const [result] = await boss.until(async () => {
      const all = await boss.takeResults();
      return all.length === 1 ? all : null;
    });
    // Its worker was awake, and saw nothing of it.
    expect(result?.fencedAfterMs).toBe(beat.sleptMs);
    expect(result?.snapshot.goneAtSecond).not.toBeNull();
    expect(await a.outcome).toEqual({ ...DONE, ending: 'fenced' });
    expect(a.lines.join('\n')).toMatch(/fenced: asleep for/);
  });

  it('starts no phone while it is out of contact, where the terms say so', async () => {
    // By its schedule, the last phone has power long after the agent has found itself alone.
    const RAMP_MS = 14_000;
    const { server, boss, a } = await startRun(
      { patience: { silenceMs: 1500 } },
      { ramp: `${RAMP_MS}ms` },
      { stopStartsWhenAlone: true },
    );
    const begunAtMs = performance.now();
    server.freeze();
    await boss.until(async () => a.lines.some((line) => line.startsWith('out of contact')));
    await boss.until(async () => performance.now() - begunAtMs > RAMP_MS + 1000);
    expect(a.agent.measured?.ledger.notStarted).toBeGreaterThan(0);
    server.thaw();
    await boss.until(async () => a.lines.some((line) => line.startsWith('in contact again')));
    await boss.until(async () => a.agent.measured?.ledger.ready === 6);
    await boss.stop();
    await boss.until(async () => (await boss.takeResults()).length === 1);
    expect(await a.outcome).toEqual(DONE);
  });

  it('drains its own phones on a signal, and says so', async () => {
    const { boss, a } = await startRun();
    a.agent.stop();
    const beat = await boss.beatWhere('a', ({ state }) => state === 'drained');
    expect(beat.grants).toEqual([{ shard: 0, epoch: 1 }]);
    const [result] = await boss.until(async () => {
      const all = await boss.takeResults();
      return all.length === 1 ? all : null;
    });
    expect(result?.snapshot).toMatchObject({ ledgerClosed: true, phones: { ready: 6 } });
    expect(result?.snapshot.goneAtSecond).not.toBeNull();
    expect(await a.outcome).toEqual({ ...DONE, ending: 'drained' });
  });

  it('delivers again what a Redis without its data has forgotten', async () => {
    const { server, boss, a } = await startRun({}, { phonesCsv: 'phones.csv' });
    await boss.stop();
    await boss.until(async () => (await boss.results()).length === 1);
    await server.restartEmpty();
    const rows = await boss.until(async () => {
      const [result] = await boss.results();
      return result && (await boss.rows(result));
    });
    expect(rows.map(({ state }) => state)).toEqual(Array.from({ length: 6 }, () => 'ready'));
    expect((await boss.takeResults())[0]?.snapshot.phones.ready).toBe(6);
    expect(await a.outcome).toEqual(DONE);
    // So is its seat.
    expect(Object.keys(await boss.redis.hgetall(boss.keys.members))).toEqual(['a']);
  });

  it('ends by itself without coordinator and Redis, and leaves a file', async () => {
    const flags = { maxDuration: '1s', drainRate: '1000' };
    const { server, a } = await startRun(
      { patience: { endMs: 100, resultsMs: 500 } },
      flags,
      // It asks for shards of others all the time, and waits for the answer in vain.
      { mostThreads: 2 },
    );
    await server.stop();
    const { ending, file } = await a.outcome;
    expect(ending).toBe('finished');
    expect(file).toBe(join(a.folder, 'monday', 'agent-a.json'));
    const result = parseAgentResult(readFileSync(String(file), 'utf8'), 'a', VERSION);
    expect(result).toMatchObject({
      run: 'monday',
      agent: { name: 'a', index: 0, state: 'finished' },
      plan: { phoneCount: 6 },
      shards: 1,
      results: [
        { shard: 0, epoch: 1, failure: null, snapshot: { ledgerClosed: true, phones: { ready: 6 } } },
      ],
    });
    expect(result.startUtc).not.toBeNull();
  });

  it('ends before the start when the coordinator is gone, ends the run, or a signal comes', async () => {
    const server = await RedisServer.start();
    const gone = await ScriptedCoordinator.start(server, 'gone');
    const left = await startAgent(server, gone, 'a', { patience: { coordinatorMs: 500 } });
    await gone.lease.release();
    await expect(left.outcome).rejects.toMatchObject({ code: 'run-abandoned' });

    const ended = await ScriptedCoordinator.start(server, 'ended');
    const agents = [await startAgent(server, ended, 'a'), await startAgent(server, ended, 'b')];
    await ended.publish(lonelyPlan(), { agents: 2 });
    await ended.beatWhere('a', ({ state }) => state === 'ready');
    agents[0]?.agent.stop();
    const beat = await ended.beatWhere('a', ({ state }) => state === 'drained');
    expect(beat.failures).toMatchObject([{ error: { code: 'run-abandoned' } }]);
    expect(await agents[0]?.outcome).toMatchObject({ ending: 'drained' });
    await ended.stop('now');
    expect(await agents[1]?.outcome).toMatchObject({
      ending: 'finished',
      failure: { code: 'run-abandoned' },
    });
  });

  it('tells why a shard could not be run', async () => {
    const server = await RedisServer.start();
    const boss = await ScriptedCoordinator.start(server);
    // Of nobody's machine: TEST-NET-1.
    const own = { sources: null, relays: addressPoolField.parse('192.0.2.1') };
    const a = await startAgent(server, boss, 'a', { own });
    const skip = 'power,image,vlan,ctl,config,callManager';
    await boss.publish(lonelyPlan({ skip, dhcp: '127.0.0.1:6767', relayAddresses: '127.0.0.9' }));
    const beat = await boss.beatWhere('a', ({ failures }) => failures.length === 1);
    expect(beat.failures).toMatchObject([{ shard: 0, epoch: 1, error: { code: 'address-not-local' } }]);
    await boss.stop('now');
    expect(await a.outcome).toMatchObject({ ending: 'finished', failure: { code: 'address-not-local' } });
  });
});
