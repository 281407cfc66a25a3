/** One storm from its plan to its report: the lab when there is one, the agents, the views, the files. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AbortJudge } from '../coordinator/abort-watch.ts';
import type { AgentFleet } from '../coordinator/agent-fleet.ts';
import { orderRun } from '../coordinator/run-orders.ts';
import { type LoggedEntry, RunLog, type StopReason } from '../coordinator/run-log.ts';
import type { StormOutcome } from '../coordinator/storm-outcome.ts';
import { StormRun } from '../coordinator/storm-run.ts';
import type { LabCluster } from '../lab/lab-cluster.ts';
import { monotonicMilliseconds } from '../drivers/clock.ts';
import { onEndingSignal } from '../drivers/ending-signals.ts';
import type { RunFacts } from '../metrics/run-facts.ts';
import type { RampState } from '../ramp/ramp-store.ts';
import type { RunSummary } from '../report/summary-schema.ts';
import { buildSummary, type RunEnding } from '../report/summary.ts';
import { endingThreshold, formatThresholdValue } from '../report/thresholds.ts';
import type { Budget } from '../scenario/budget.ts';
import { missedEventWarnings } from '../scenario/describe-lab.ts';
import type { RunPlan } from '../scenario/plan.ts';
import type { CommandOutput } from './command-output.ts';
import type { ExitReason } from './exit-codes.ts';
import { handshakeCpuOf } from './handshake-cpu.ts';
import { LabWatch } from './lab-watch.ts';
import { LiveRun } from './live-run.ts';
import { entryFields, entryLevel } from './log-lines.ts';
import { writePhonesFile } from './phones-file.ts';
import { makeFolder, type ResultPaths, writeResults } from './result-files.ts';
import { endedBy, runEvents, runLogLines, runSecondOf, steersOf } from './run-events.ts';
import { openViews } from './storm-views.ts';

export interface StormOptions {
  readonly plan: RunPlan;
  readonly budget: Budget;
  /** Whether its metrics are those of the phones as well: agents on other machines export their own. */
  readonly exportsPhones: boolean;
  readonly lab: LabCluster | null;
  /** What was found before the run. */
  readonly warnings: readonly string[];
  /** The user has asked for the end already. */
  readonly interrupted: boolean;
  readonly output: CommandOutput;
  /** Name of the run, and of the folder of its results. */
  readonly id: string;
  readonly fleet: (log: RunLog) => AgentFleet;
  /** The run is over, and its report is written. */
  readonly onReport?: () => Promise<void>;
  /** A run that another coordinator began. */
  readonly resumed?: ResumedRun;
}

export interface ResumedRun {
  readonly state: RampState<RunPlan>;
  /** The run's log up to now. */
  readonly entries: readonly LoggedEntry[];
  /** Of this coordinator. */
  readonly epoch: number;
}

const ABORT_TEXT: Readonly<Partial<Record<StopReason, string>>> = {
  interrupted: 'interrupted: no more phones started, those that were up took their leave',
  'interrupted-twice': 'interrupted twice: everything stopped at once',
  steered:
    'aborted by an order (`bootstorm steer`, or the page of the run): no more phones started, those that were up took their leave',
  'agent-lost': 'an agent was lost, and the run was to end then: phones of the others took their leave',
};

/** Runs the storm, prints its report and writes its files. */
export async function runStorm(options: StormOptions): Promise<ExitReason> {
  const { plan, lab, output, id, resumed } = options;
  const folder = join('bootstorm-results', id);
  makeFolder(folder);
  const log = openLog(folder, resumed, (logged) => announce(logged, output));
  const fleet = options.fleet(log);
  const run = new StormRun({ plan, fleet, log, abortJudge: abortJudgeOf(plan, () => run.waves) });
  const { phonesCsv } = plan.output;
  const phonesFile = (): readonly string[] =>
    phonesCsv === null ? [] : writePhonesFile(phonesCsv, plan, fleet.rows, run);
  const watch = lab === null ? null : new LabWatch(lab, run, log);
  const live = new LiveRun({ ...options, run, log, labFailures: () => watch?.failures ?? [] });
  const forgetSignals = stopOnSignals(run, fleet, output);
  const views = await openViews(
    live,
    plan,
    { exportsPhones: options.exportsPhones, isTakenOver: resumed !== undefined },
    (order) => orderRun(run, fleet, order),
    output,
  );
  try {
    if (options.interrupted) run.stop();
    const outcome = await run.run(resumed?.state).finally(() => views.runIsOver());
    await watch?.stop();
    const seen = {
      lab: watch?.observation ?? null,
      events: runEvents(log.entries),
      secondOf: runSecondOf(steersOf(log.entries)),
      runLog: runLogLines(log.entries),
      endedBy: endedBy(log.entries),
    };
    const late = [...missedEvents(plan, log, outcome), ...phonesFile()];
    const handshakeCpu = await handshakeCpuOf(outcome.state, plan);
    const { facts } = live;
    const known = { ...facts, handshakeCpu, warnings: [...facts.warnings, ...late] };
    const summary = summaryOf(outcome, known, seen, plan);
    const paths = resultPaths(plan, folder);
    live.settle(summary, paths.html);
    const reason = writeResults(summary, paths, output);
    forgetSignals();
    await options.onReport?.();
    if (outcome.reason !== 'interrupted-twice') await views.linger();
    return reason;
  } finally {
    forgetSignals();
    await views.close();
    await log.close();
  }
}

/** Null where no threshold may end the run: the figures of all shards are not put together for nothing. */
function abortJudgeOf({ thresholds }: RunPlan, waves: () => RunFacts['waves']): AbortJudge | null {
  if (thresholds.every(({ abort }) => abort === undefined)) return null;
  return (state, second) => {
    const missed = endingThreshold(state, second, waves(), thresholds);
    return missed && { threshold: missed.text, found: formatThresholdValue(missed) };
  };
}

function summaryOf(
  outcome: StormOutcome,
  facts: RunFacts,
  seen: Pick<RunEnding, 'lab' | 'events' | 'secondOf' | 'runLog' | 'endedBy'>,
  plan: RunPlan,
): RunSummary {
  return buildSummary(outcome.state, facts, {
    durationSeconds: outcome.durationSeconds,
    abortReason: ABORT_TEXT[outcome.reason] ?? null,
    limits: plan.validity,
    thresholds: plan.thresholds,
    scenario: plan.scenarioText,
    ...seen,
  });
}

function resultPaths({ output }: RunPlan, folder: string): ResultPaths {
  return {
    summary: output.json ?? join(folder, 'summary.json'),
    report: join(folder, 'report.txt'),
    html: join(folder, 'report.html'),
    junit: output.junit,
    phones: output.phonesCsv,
  };
}

/** What must not wait for the report: a part of the generator or of the lab is gone. */
function announce(logged: LoggedEntry, output: CommandOutput): void {
  const { entry } = logged;
  if (output.isJson && !output.isQuiet) {
    output.line(entryLevel(logged), entry.type, entryFields(logged));
    return;
  }
  if (entry.type === 'agentLost') output.warn(`${entry.phones} phones lost: ${entry.message}`);
  if (entry.type === 'labFailed') output.warn(entry.message);
}

const UNHEARD_TEXT =
  'agents hear of it when it is back, and end by themselves at the end of maxDuration; SIGTERM ends an agent on its machine';

/** npm passes on the Ctrl-C that the terminal has sent us already: both are one. */
const ONE_KEYSTROKE_MS = 500;

/** Ctrl-C and the like: once in order, twice at once. */
function stopOnSignals(run: StormRun, fleet: AgentFleet, output: CommandOutput): () => void {
  let lastAt = Number.NEGATIVE_INFINITY;
  const onSignal = (): void => {
    const first = lastAt === Number.NEGATIVE_INFINITY;
    if (performance.now() - lastAt < ONE_KEYSTROKE_MS) return;
    lastAt = performance.now();
    run.stop();
    if (first) output.say('stopping: phones take their leave; once more to stop at once');
    if (fleet.obstacle !== null) output.say(`${fleet.obstacle}: ${UNHEARD_TEXT}`);
  };
  return onEndingSignal(onSignal);
}

/** A run that ended too early for what was to be done to its lab. */
function missedEvents(
  { target }: RunPlan,
  log: RunLog,
  { durationSeconds }: StormOutcome,
): readonly string[] {
  if (target.type !== 'lab') return [];
  const holding = log.entries.find(({ entry }) => entry.type === 'holding');
  return missedEventWarnings(target.settings.events, holding?.second ?? null, durationSeconds);
}

/** A folder that has a log of the run already is that of the coordinator before this one, on the same machine. */
function openLog(
  folder: string,
  resumed: ResumedRun | undefined,
  listener: (logged: LoggedEntry) => void,
): RunLog {
  const path = join(folder, 'run-log.jsonl');
  if (resumed === undefined) return new RunLog(path, listener);
  rmSync(path, { force: true });
  const log = new RunLog(path, listener, resumed.entries);
  const { startAtMs } = resumed.state;
  const second = startAtMs === null ? null : (monotonicMilliseconds() - startAtMs) / 1000;
  log.add({ type: 'attached', epoch: resumed.epoch }, second);
  return log;
}
