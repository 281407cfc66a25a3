/** The life of a run, on agents that are forked for it and a lab: what each ending does to servers and ledger. */
import { createSocket } from 'node:dgram';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LocalFleet } from '../../src/coordinator/local-fleet.ts';
import { RunLog, type RunLogEntry } from '../../src/coordinator/run-log.ts';
import { StormRun } from '../../src/coordinator/storm-run.ts';
import type { RunPhase } from '../../src/metrics/run-progress.ts';
import { firstGrant, type ShardGrant } from '../../src/engine/agent-contract.ts';
import { type LabCluster, startLab } from '../../src/lab/lab-cluster.ts';
import { compilePlan } from '../../src/scenario/compile.ts';
import { loadScenario } from '../../src/scenario/load.ts';
import { applyLab, relayAddressOf, type RunPlan } from '../../src/scenario/plan.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const SCENARIO = `
phones: { generate: { count: 8 } }
skip: [power, image, vlan]
hold: 1m
target: { sccp: { unregisterTimeoutSeconds: 10s } }
lab: { callManagers: 1, keepAliveSeconds: 1, silentIntervals: 30 }
`;

let lab: LabCluster;
let labPlan: RunPlan;
/** What the lab had counted when the test began. */
let before: Counts;

type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>;

beforeAll(async () => {
  const folder = temporaryFolder({ 'storm.yaml': SCENARIO });
  const loaded = loadScenario({ file: `${folder}/storm.yaml` });
  const compiled = compilePlan(loaded);
  lab = await startLab(loaded.scenario.lab, compiled);
  labPlan = applyLab(compiled, lab.endpoints);
});

afterAll(() => lab.stop());

beforeEach(async () => {
  before = await lab.stats();
});

/** What a process of the lab has counted since the test began. */
async function counted(role: string): Promise<Readonly<Record<string, number>>> {
  const now = (await lab.stats())[role] ?? {};
  return Object.fromEntries(
    Object.entries(now).map(([name, count]) => [name, count - (before[role]?.[name] ?? 0)]),
  );
}

/** One thread for each agent. */
function grantsFor(plan: RunPlan, agents: number): ShardGrant[][] {
  return Array.from({ length: agents }, (_, shard) => [firstGrant(shard, relayAddressOf(plan, shard))]);
}

interface WatchedRun {
  readonly run: StormRun;
  readonly log: RunLog;
  /** Resolves when the entry is logged. */
  logged(type: RunLogEntry['type']): Promise<void>;
}

function watchedRun(plan: RunPlan, agents = 1): WatchedRun {
  const waiting: { type: RunLogEntry['type']; resolve: () => void }[] = [];
  const log = new RunLog(null, ({ entry }) => {
    for (const { type, resolve } of waiting) if (type === entry.type) resolve();
  });
  const logged = (type: RunLogEntry['type']): Promise<void> =>
    new Promise((resolve) => {
      waiting.push({ type, resolve });
    });
  return { run: new StormRun({ plan, fleet: new LocalFleet(grantsFor(plan, agents)), log }), log, logged };
}

function typesOf(log: RunLog): string[] {
  return log.entries.map(({ entry }) => entry.type);
}

describe('a run', () => {
  it('goes through its phases in order, and every phone unregisters and gives its lease back', async () => {
    const changed = { ...labPlan, holdSeconds: 1.5 };
    const phases: RunPhase[] = [];
    const log = new RunLog(null, () => phases.push(run.phase));
    const run = new StormRun({ plan: changed, fleet: new LocalFleet(grantsFor(changed, 2)), log });
    expect(run.phase).toBe('preparing');
    expect(run.elapsedSeconds).toBe(0);
    const outcome = await run.run();
    expect(run.phase).toBe('done');
    expect(phases).toEqual(['preparing', 'ramping', 'ramping', 'holding', 'holding', 'draining', 'done']);
    expect(typesOf(log)).toEqual([
      'prepared',
      'armed',
      'wave',
      'holding',
      'stopping',
      'ledgerClosed',
      'ended',
    ]);
    expect(outcome.reason).toBe('hold-over');
    expect(outcome.state.ledger).toMatchObject({ ready: 8, trying: 0, lostWithAgent: 0 });
    expect(outcome.state.shards).toEqual({ planned: 2, reporting: 2, lost: [], ledgerClosed: true });
    const callManager = await counted('callManager1');
    expect(callManager).toMatchObject({ registrations: 8, unregistrations: 8, registeredNow: 0 });
    expect(callManager['keepAlives']).toBeGreaterThanOrEqual(8);
    // Nobody answers a RELEASE: the server may still be reading.
    await expect.poll(() => counted('dhcp')).toMatchObject({ releases: 8 });
  });

  it('that is stopped once lets phones take their leave, at the pace of the plan', async () => {
    const { run, log, logged } = watchedRun(labPlan);
    const holding = logged('holding');
    const running = run.run();
    await holding;
    run.stop();
    const outcome = await running;
    expect(outcome.reason).toBe('interrupted');
    expect(outcome.state.ledger.ready).toBe(8);
    expect(typesOf(log).slice(-3)).toEqual(['stopping', 'ledgerClosed', 'ended']);
    expect(await counted('callManager1')).toMatchObject({ registrations: 8, unregistrations: 8 });
  });

  it('that is stopped twice ends without a word to the servers that were not told yet', async () => {
    const changed = { ...labPlan, drain: { ...labPlan.drain, perSecond: 0.01 } };
    const { run, log, logged } = watchedRun(changed);
    const holding = logged('holding');
    const closed = logged('ledgerClosed');
    const running = run.run();
    await holding;
    run.stop();
    await closed;
    run.stop();
    const outcome = await running;
    expect(outcome.reason).toBe('interrupted');
    expect(outcome.state.ledger.ready).toBe(8);
    expect(log.entries.filter(({ entry }) => entry.type === 'stopping')).toHaveLength(2);
    expect((await counted('callManager1'))['unregistrations']).toBeLessThan(8);
  });

  it('that is stopped before its start has started nobody', async () => {
    const { run } = watchedRun(labPlan);
    const running = run.run();
    run.stop();
    const outcome = await running;
    expect(outcome).toMatchObject({ reason: 'interrupted', startedUtc: null, durationSeconds: 0 });
    expect(outcome.state.ledger).toMatchObject({ notStarted: 8, lostWithAgent: 0 });
    expect(await counted('callManager1')).toMatchObject({ connections: 0 });
  });

  it('that is stopped between the order to start and the start has lasted for no time', async () => {
    const { run, logged } = watchedRun(labPlan);
    const armed = logged('armed');
    const running = run.run();
    await armed;
    run.stop();
    const outcome = await running;
    expect(outcome.reason).toBe('interrupted');
    expect(outcome.durationSeconds).toBeGreaterThanOrEqual(0);
    expect(outcome.state.shards.ledgerClosed).toBe(true);
    const { notStarted, ready, trying } = outcome.state.ledger;
    expect(notStarted + ready + trying).toBe(8);
  });

  it('ends at maxDuration whatever its phones have come to', async () => {
    const changed = { ...labPlan, maxDurationSeconds: 1 };
    const { run, log } = watchedRun(changed);
    const outcome = await run.run();
    expect(outcome.reason).toBe('max-duration');
    expect(outcome.state.shards.ledgerClosed).toBe(true);
    expect(typesOf(log)).toContain('ledgerClosed');
  });

  it('that cannot be prepared is refused with the error of the worker, and leaves no agent behind', async () => {
    const taken = createSocket('udp4');
    await new Promise<void>((resolve) => {
      taken.bind(labPlan.boot.dhcp?.replyPort ?? 0, relayAddressOf(labPlan, 1) ?? '', resolve);
    });
    const { run, log } = watchedRun(labPlan, 2);
    await expect(run.run()).rejects.toMatchObject({
      name: 'BootstormError',
      code: 'address-in-use',
      hint: expect.stringContaining('another relay address') as string,
    });
    taken.close();
    expect(typesOf(log)).toEqual([]);
  });
});
