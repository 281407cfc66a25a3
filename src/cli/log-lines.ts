/** The lines of `--log-format json`: what a run logs, how far it is, and what it comes to. */
import type { LoggedEntry, RunLogEntry } from '../coordinator/run-log.ts';
import type { RunFacts } from '../metrics/run-facts.ts';
import type { RunProgress } from '../metrics/run-progress.ts';
import type { RunState } from '../metrics/run-state.ts';
import { liveFigures } from '../report/live-figures.ts';
import { rounded } from '../report/rounding.ts';
import type { RunSummary } from '../report/summary-schema.ts';
import type { LogLevel } from './command-output.ts';
import { EXIT_CODES, type ExitReason } from './exit-codes.ts';
import type { ResultPaths } from './result-files.ts';
import { runLogLines } from './run-events.ts';

type Fields = Readonly<Record<string, unknown>>;

const LEVELS: Readonly<Partial<Record<RunLogEntry['type'], LogLevel>>> = {
  agentLost: 'error',
  agentFenced: 'warn',
  agentDrained: 'warn',
  redisLost: 'warn',
  attached: 'warn',
  labFailed: 'error',
};

export function entryLevel({ entry }: LoggedEntry): LogLevel {
  return LEVELS[entry.type] ?? 'info';
}

/** An entry as run-log.jsonl has it, and in words. */
export function entryFields(logged: LoggedEntry): Fields {
  const { type: _, ...fields } = logged.entry;
  return {
    second: logged.second === null ? null : rounded(logged.second),
    what: runLogLines([logged])[0]?.what,
    ...fields,
  };
}

/** What the live view shows. */
export function progressFields(state: RunState, facts: RunFacts, progress: RunProgress): Fields {
  const { failedAttempts, agentsAstray, ...figures } = liveFigures(state, facts, progress);
  const { phase, elapsedSeconds, slope, thresholds, troubles } = progress;
  return {
    second: rounded(elapsedSeconds),
    phase,
    slope,
    ...figures,
    failedAttempts: Object.fromEntries(failedAttempts),
    agents: { all: facts.agents.length, ...Object.fromEntries(agentsAstray) },
    thresholds,
    troubles,
  };
}

/** What the report says, in short; the whole of it is in the summary. */
export function verdictFields(
  { run, phones, verdict, thresholds }: RunSummary,
  reason: ExitReason,
  paths: ResultPaths,
): Fields {
  return {
    run: run.id,
    verdict: verdict.result,
    reasons: verdict.reasons,
    exitCode: EXIT_CODES[reason].code,
    durationSeconds: run.duration,
    phones,
    thresholds,
    files: Object.fromEntries(Object.entries(paths).filter(([, path]) => path !== null)),
  };
}
