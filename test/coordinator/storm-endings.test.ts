/** What a run does when those who are to carry it out are away: a fleet that does what the test says. */
import { describe, expect, it } from 'vitest';
import type { AgentFleet, FleetListener } from '../../src/coordinator/agent-fleet.ts';
import { RowRoll } from '../../src/coordinator/row-roll.ts';
import { RunLog } from '../../src/coordinator/run-log.ts';
import { StormRun } from '../../src/coordinator/storm-run.ts';
import type { ShardRestart } from '../../src/engine/agent-contract.ts';
import { BootstormError } from '../../src/errors.ts';
import { ShardMetrics } from '../../src/metrics/shard-metrics.ts';
import { MemoryRampStore } from '../../src/ramp/memory-ramp-store.ts';
import { warpSinceStart } from '../../src/ramp/ramp-store.ts';
import type { RunPlan } from '../../src/scenario/plan.ts';
import { wallMsAt } from '../../src/schedule/warp.ts';
import { planOf } from '../scenario/load-yaml.ts';

const PHONES = 4;
const GONE = new BootstormError('agent-failed', 'gone');

function plan(onAgentLoss = 'continue'): RunPlan {
  return planOf(`phones: { generate: { count: ${PHONES} } }
target: { tftp: { servers: [127.0.0.1:6969] }, dhcp: static }
drain: { patience: 0.2s, perSecond: 1000 }
cluster: { onAgentLoss: ${onAgentLoss} }`);
}

/** One agent with one shard. */
class ScriptedFleet implements AgentFleet {
  readonly store = new MemoryRampStore<RunPlan>();
  readonly rows = new RowRoll();
  readonly shardCount = 1;
  readonly lead = { startMs: 10, stopMs: 0 };
  readonly agents = [];
  readonly obstacle = null;
  readonly #metrics = new ShardMetrics({ shard: 0, epoch: 1, phones: PHONES, armedAt: 0 });
  readonly #begun: (fleet: ScriptedFleet) => void;
  listener!: FleetListener;
  /** Told each time that somebody asks whether agents are heard. */
  onAsked: (times: number) => boolean = () => true;
  restarted: (restart: ShardRestart) => void = () => {};
  #asked = 0;

  constructor(begun: (fleet: ScriptedFleet) => void) {
    this.#begun = begun;
  }

  start(listener: FleetListener): void {
    this.listener = listener;
    listener.prepared(0);
    this.#begun(this);
  }

  isHeard(): boolean {
    this.#asked += 1;
    return this.onAsked(this.#asked);
  }

  finish(): void {
    this.#metrics.closeLedger(0);
    this.listener.finished({ shard: 0, snapshot: this.#metrics.snapshot(), fencedAfterMs: null });
  }

  shardsOf(): readonly number[] {
    return [0];
  }

  canRestart(): boolean {
    return true;
  }

  async restart(_: readonly number[], restart: ShardRestart): Promise<void> {
    this.restarted(restart);
  }

  async close(): Promise<void> {}
}

describe('a run', () => {
  it('does not take agents for lost that it could not hear after the order to end', async () => {
    const fleet = new ScriptedFleet(() => {});
    // Longer than the plan is patient.
    fleet.onAsked = (times) => {
      if (times === 10) fleet.finish();
      return times >= 10;
    };
    const log = new RunLog(null, ({ entry }) => {
      if (entry.type === 'armed') run.stop();
    });
    const run = new StormRun({ plan: plan(), fleet, log });
    const { state, reason } = await run.run();
    expect(reason).toBe('interrupted');
    expect(state.ledger).toMatchObject({ notStarted: PHONES, lostWithAgent: 0 });
  });

  it('that is paused begins lost phones anew behind the pause, not in it', async () => {
    const fleet = new ScriptedFleet(() => {});
    const restarted = new Promise<ShardRestart>((resolve) => {
      fleet.restarted = resolve;
    });
    const log = new RunLog(null, ({ entry }) => {
      if (entry.type === 'steered') fleet.listener.lost('a', [0], GONE);
    });
    const run = new StormRun({ plan: plan('restart'), fleet, log });
    const running = run.run();
    fleet.store.watch(({ startAtMs, steers }) => {
      if (startAtMs !== null && steers.length === 0) void fleet.store.steer(startAtMs + 1, 0);
    });
    const { atMs } = await restarted;
    const { startAtMs, steers } = await fleet.store.read();
    expect(wallMsAt(warpSinceStart(startAtMs ?? 0, steers), atMs)).toBe(Number.POSITIVE_INFINITY);
    run.stop();
    fleet.finish();
    await running;
  });
});
