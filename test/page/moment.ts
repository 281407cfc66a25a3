import type { RunProgress } from '../../src/metrics/run-progress.ts';
import type { RunState } from '../../src/metrics/run-state.ts';
import type { RunFacts } from '../../src/metrics/run-facts.ts';
import type { PageMoment } from '../../src/page/page-moment.ts';
import { liveFigures } from '../../src/report/live-figures.ts';
import { buildSummary, type RunEnding } from '../../src/report/summary.ts';
import { LAB_FACTS } from '../report/example-run.ts';

export const RAMPING: RunProgress = {
  phase: 'ramping',
  elapsedSeconds: 5,
  slope: 1,
  marks: [],
  thresholds: [],
  verdict: null,
  troubles: [],
};

/** A run at an instant, as its page has it. */
export function momentOf(
  state: RunState,
  progress: Partial<RunProgress> = {},
  facts: Partial<RunFacts> = {},
  ending: Partial<RunEnding> = {},
): PageMoment {
  const now = { ...RAMPING, ...progress };
  const summary = buildSummary(
    state,
    { ...LAB_FACTS, ...facts },
    { durationSeconds: Math.max(0, now.elapsedSeconds), abortReason: null, ...ending },
  );
  const figures = liveFigures(state, { ...LAB_FACTS, ...facts }, now);
  return { state, progress: now, figures, summary, report: now.verdict === null ? null : 'report.html' };
}
