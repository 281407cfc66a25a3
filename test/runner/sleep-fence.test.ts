/** A process that slept for longer than others wait for it. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { monotonicMilliseconds } from '../../src/drivers/clock.ts';
import { TimerQueue } from '../../src/drivers/timer-queue.ts';
import { type LabCluster, startLab } from '../../src/lab/lab-cluster.ts';
import { aggregate } from '../../src/metrics/aggregate.ts';
import { firstGrant } from '../../src/runner/shard-grant.ts';
import { ShardRunner } from '../../src/runner/shard-runner.ts';
import { SleepFence } from '../../src/runner/sleep-fence.ts';
import { compilePlan } from '../../src/scenario/compile.ts';
import { loadScenario } from '../../src/scenario/load.ts';
import { applyLab, relayAddressOf, type RunPlan } from '../../src/scenario/plan.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('a fence', () => {
  it('stands while looks come in time, and falls once and for all at the first that does not', () => {
    const onSlept = vi.fn<(sleptMs: number, fellAsleepAt: number) => void>();
    const fence = new SleepFence({ now: -50, limitMs: 100, onSlept });
    expect([0, 100, 90, 200].map((now) => fence.isAwake(now))).toEqual([true, true, true, true]);
    expect(fence.sleptMs).toBeNull();
    expect([301, 302, 303].map((now) => fence.isAwake(now))).toEqual([false, false, false]);
    expect([fence.sleptMs, onSlept.mock.calls]).toEqual([101, [[101, 200]]]);
  });

  it('keeps timers that are due from being served, or counted as late', () => {
    let now = 0;
    let wake: () => void = () => {};
    const served: string[] = [];
    const fence = new SleepFence({ now, limitMs: 100, onSlept: () => queue.close() });
    const queue = new TimerQueue<string>({
      clock: { now: () => now },
      fire: (name) => served.push(name),
      onLateness: (lateMs) => served.push(`late ${lateMs}`),
      isAwake: (at) => fence.isAwake(at),
      alarm: {
        setTimeout: (callback) => (wake = callback),
        clearTimeout: () => {},
        setImmediate: (callback) => (wake = callback),
        clearImmediate: () => {},
      },
    });
    for (const [index, name] of ['a', 'b', 'c'].entries()) queue.set(queue.create(name), 10 * (index + 1));
    now = 10;
    wake();
    now = 500;
    wake();
    expect([served, queue.size]).toEqual([['late 0', 'a'], 0]);
  });
});

const SCENARIO = `
phones: { generate: { count: 8 } }
skip: [power, image, vlan]
lab: { callManagers: 1, keepAliveSeconds: 1 }
`;

const LIMIT_MS = 3000;
/** Those of the first stage, and with its end the first of the second. */
const STARTED = 5;
const SLEEP_MS = LIMIT_MS + 500;

describe('a shard whose process sleeps while phones come due', () => {
  let lab: LabCluster;
  let plan: RunPlan;

  beforeAll(async () => {
    const loaded = loadScenario({ file: `${temporaryFolder({ 'storm.yaml': SCENARIO })}/storm.yaml` });
    const compiled = compilePlan(loaded);
    lab = await startLab(loaded.scenario.lab, compiled);
    const stages = [
      { durationSeconds: 0.01, phones: 4 },
      { durationSeconds: 1, phones: 4 },
    ];
    plan = applyLab(
      { ...compiled, power: { ...compiled.power, firstStart: { type: 'stages', stages } } },
      lab.endpoints,
    );
  });
  afterAll(() => lab.stop());

  async function callManager(): Promise<Readonly<Record<string, number>>> {
    return (await lab.stats())['callManager1'] ?? {};
  }

  /** Boots five of eight phones, lets the schedule go on from its pause, and stands still until the others are due. */
  async function sleepInTheRamp(fenceAfterMs: number | null) {
    const grant = firstGrant(0, relayAddressOf(plan, 0));
    const runner = new ShardRunner({ plan, ...grant, shards: 1, agent: 'a', fenceAfterMs });
    await runner.prepare();
    const startAtMs = monotonicMilliseconds();
    const pause = { fromMs: startAtMs + 20, slope: 0 };
    const paused = { epoch: 1, version: 1, plan, startAtMs, steers: [pause], stop: null };
    runner.follow(paused);
    await vi.waitUntil(() => runner.snapshot()?.phones.ready === STARTED, { timeout: 60_000, interval: 10 });
    const before = await callManager();
    const now = monotonicMilliseconds();
    const armed = { ...paused, version: 2, steers: [pause, { fromMs: now, slope: 1 }] };
    runner.follow(armed);
    while (monotonicMilliseconds() < now + SLEEP_MS);
    return { runner, armed, before };
  }

  it('starts nobody afterwards, tells nobody, and says that its phones are lost', async () => {
    const { runner, before } = await sleepInTheRamp(LIMIT_MS);
    const { snapshot, fencedAfterMs } = await runner.ended;
    await runner.close();
    expect(fencedAfterMs).toBeGreaterThan(LIMIT_MS);
    expect(snapshot).toMatchObject({
      ledgerClosed: true,
      phones: { notStarted: 8 - STARTED, ready: STARTED },
    });
    expect([snapshot.power.eventsLeft, snapshot.unregistrations]).toEqual([8 - STARTED, 0]);
    expect(snapshot.lateness.max).toBeLessThan(SLEEP_MS - 1000);
    expect(snapshot.generator?.openSockets).toBe(0);
    const { registrations, unregistrations } = await callManager();
    expect({ registrations, unregistrations }).toEqual({
      registrations: before['registrations'],
      unregistrations: before['unregistrations'],
    });
    // Its ledger was closed, and yet nobody takes its phones for phones in service.
    const state = aggregate([{ shard: 0, phones: 8 }], [snapshot]);
    expect(state.ledger).toMatchObject({ lostWithAgent: 8, ready: 0, notStarted: 0 });
    expect(state.shards).toMatchObject({ lost: [0], ledgerClosed: true });
    expect(state.recovery.inService.at(-1)).toBe(0);
  });

  it('goes on where it is not to be fenced', async () => {
    const { runner, armed } = await sleepInTheRamp(null);
    await vi.waitUntil(() => runner.snapshot()?.phones.notStarted === 0, { timeout: 60_000, interval: 10 });
    runner.follow({ ...armed, version: 3, stop: { kind: 'now', atMs: monotonicMilliseconds() } });
    const { snapshot, fencedAfterMs } = await runner.ended;
    await runner.close();
    expect([fencedAfterMs, snapshot.goneAtSecond, snapshot.power.eventsLeft]).toEqual([null, null, 0]);
    expect(snapshot.lateness.max).toBeGreaterThanOrEqual(SLEEP_MS - 1000);
  });
});
