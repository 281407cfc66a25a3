import type { AgentState } from '../metrics/agent-facts.ts';
import type { RunFacts } from '../metrics/run-facts.ts';
import type { RunProgress } from '../metrics/run-progress.ts';
import type { RunState } from '../metrics/run-state.ts';
import { valueAt } from '../metrics/step-curve.ts';
import type { FailureCause } from '../phone/failure-causes.ts';
import { STAGE_NAMES, type Stage } from '../phone/stages.ts';
import { inSeconds, rounded } from './rounding.ts';

/** What is read of the instant that is shown. */
export type LiveMoment = Pick<RunProgress, 'elapsedSeconds' | 'phase'> &
  Partial<Pick<RunProgress, 'troubles'>>;

/** The few figures of a run that are shown while it lasts, whatever shows them. */
export interface LiveFigures {
  /** Phones asked for. */
  readonly asked: number;
  readonly inService: number;
  /** Change of the phones in service, a second: a mean over the last five. */
  readonly perSecond: number;
  /** Phones in a stage now; every stage has its number. */
  readonly inStage: Readonly<Record<Stage, number>>;
  /** Begun, not in service, and no stage under way: a pause before the next attempt. */
  readonly waiting: number;
  /** The most frequent first. */
  readonly failedAttempts: readonly (readonly [FailureCause, number])[];
  /** Agents that the reader has to know of, by what became of them. */
  readonly agentsAstray: readonly (readonly [AgentState, number])[];
  /** Seconds; null: nothing was measured. */
  readonly latenessP99Seconds: number | null;
  readonly loopLagP99Seconds: number | null;
}

/** The rate is a mean over this many seconds. */
const RATE_WINDOW_SECONDS = 5;
const ASTRAY: readonly AgentState[] = ['lost', 'fenced', 'drained'];

export function liveFigures(state: RunState, { agents }: RunFacts, moment: LiveMoment): LiveFigures {
  const { lateness, eventLoopLag } = state.generator;
  const astray = ASTRAY.map((kind) => [kind, agents.filter((agent) => agent.state === kind).length] as const);
  return {
    asked: state.asked,
    inService: state.ledger.ready,
    perSecond: perSecond(state, moment),
    inStage: state.inStage,
    waiting: waiting(state),
    failedAttempts: failedAttempts(state),
    agentsAstray: astray.filter(([, count]) => count > 0),
    latenessP99Seconds: inSeconds(lateness.quantile(0.99)),
    loopLagP99Seconds: inSeconds(eventLoopLag.quantile(0.99)),
  };
}

function waiting({ ledger, inStage }: RunState): number {
  const underWay = STAGE_NAMES.reduce((sum, stage) => sum + inStage[stage], 0);
  return Math.max(0, ledger.trying + ledger.dropped + ledger.registered - underWay);
}

function perSecond({ recovery }: RunState, { elapsedSeconds }: LiveMoment): number {
  const now = Math.floor(elapsedSeconds);
  const window = Math.min(RATE_WINDOW_SECONDS, now);
  if (window <= 0) return 0;
  const gained = valueAt(recovery.inService, now) - valueAt(recovery.inService, now - window);
  return rounded(gained / window);
}

function failedAttempts({ failures }: RunState): (readonly [FailureCause, number])[] {
  const sums = new Map<FailureCause, number>();
  for (const { cause, count } of failures) sums.set(cause, (sums.get(cause) ?? 0) + count);
  return [...sums].sort(([, a], [, b]) => b - a);
}
