/** A run as it is now: what its terminal, its page, Prometheus and its thresholds look at. */
import type { LoggedEntry, RunLog } from '../coordinator/run-log.ts';
import type { StormRun } from '../coordinator/storm-run.ts';
import type { LabCluster } from '../lab/lab-cluster.ts';
import { agentFacts } from '../metrics/agent-facts.ts';
import type { RunFacts } from '../metrics/run-facts.ts';
import type { RunProgress } from '../metrics/run-progress.ts';
import type { RunState } from '../metrics/run-state.ts';
import type { PageMoment } from '../page/page-moment.ts';
import { liveFigures } from '../report/live-figures.ts';
import { buildSummary } from '../report/summary.ts';
import type { RunSummary } from '../report/summary-schema.ts';
import { evaluateThreshold, formatThresholdValue } from '../report/thresholds.ts';
import type { Budget } from '../scenario/budget.ts';
import type { RunPlan } from '../scenario/plan.ts';
import { shardSize } from '../schedule/shards.ts';
import { agentTroubles, presentTroubles, runEvents, runLogLines, runMarks, slopeAt } from './run-events.ts';
import { toolVersion } from './version.ts';

export interface LiveRunOptions {
  /** Name of the run. */
  readonly id: string;
  readonly plan: RunPlan;
  readonly budget: Budget;
  readonly lab: LabCluster | null;
  /** What was found before the run. */
  readonly warnings: readonly string[];
  readonly run: StormRun;
  readonly log: RunLog;
  readonly labFailures: () => readonly string[];
}

export class LiveRun {
  readonly #options: LiveRunOptions;
  #settled: { readonly summary: RunSummary; readonly report: string | null } | null = null;

  constructor(options: LiveRunOptions) {
    this.#options = options;
  }

  get state(): RunState {
    return this.#options.run.state;
  }

  get entries(): readonly LoggedEntry[] {
    return this.#options.log.entries;
  }

  get facts(): RunFacts {
    const { id, plan, budget, lab, run, log, warnings, labFailures } = this.#options;
    const { state } = run;
    const phonesOf = (index: number): number =>
      shardSize({ index, of: state.shards.planned }, plan.phoneCount);
    const found = [...labFailures(), ...unvanished(state, budget)];
    return {
      id,
      name: plan.name,
      seed: plan.seed,
      version: toolVersion(),
      node: process.version,
      startedUtc: run.startedUtc,
      agents: agentFacts(run.agents, phonesOf, state, agentTroubles(log.entries)),
      labLimits: lab?.limits ?? null,
      compression: plan.boot.timing.compression,
      handshakeCpu: null,
      waves: run.waves,
      lostSnapshots: run.lostSnapshots,
      warnings: [...plan.warnings, ...budget.warnings, ...warnings, ...found],
    };
  }

  get progress(): RunProgress {
    const { plan, run, log } = this.#options;
    const { state, waves, elapsedSeconds, phase } = run;
    return {
      phase,
      elapsedSeconds,
      slope: slopeAt(log.entries, elapsedSeconds),
      marks: runMarks(log.entries),
      thresholds: plan.thresholds.map((threshold) => {
        const result = evaluateThreshold(state, waves, threshold);
        return { text: result.text, found: formatThresholdValue(result), holds: result.holds };
      }),
      verdict: this.#settled?.summary.verdict.result ?? null,
      troubles: presentTroubles(log.entries, elapsedSeconds),
    };
  }

  /** What a page shows of it. */
  get moment(): PageMoment {
    const { state, progress, facts } = this;
    const { summary, report } = this.#settled ?? {
      summary: this.#presentSummary(state, facts),
      report: null,
    };
    return { state, progress, figures: liveFigures(state, facts, progress), summary, report };
  }

  /** The ledger has been read, and judged; the report goes to this file. */
  settle(summary: RunSummary, report: string | null): void {
    this.#settled = { summary, report };
  }

  /** The report as it would be if the run ended now. */
  #presentSummary(state: RunState, facts: RunFacts): RunSummary {
    const { plan, run, log } = this.#options;
    return buildSummary(state, facts, {
      durationSeconds: Math.max(0, run.elapsedSeconds),
      abortReason: null,
      limits: plan.validity,
      thresholds: plan.thresholds,
      events: runEvents(log.entries),
      runLog: runLogLines(log.entries),
    });
  }
}

/** Phones were to vanish, and the machine did not let them. */
function unvanished({ power }: RunState, { vanish }: Budget): readonly string[] {
  if (!vanish || power.closedInOrder === 0) return [];
  return [
    `connections of ${power.closedInOrder} phones that lost power were closed in order, not vanished: the routing table could not be changed`,
  ];
}
