import type { RunProgress } from '../metrics/run-progress.ts';
import type { RunState } from '../metrics/run-state.ts';
import type { LiveFigures } from '../report/live-figures.ts';
import type { RunSummary } from '../report/summary-schema.ts';

/** A run at one instant, as its page looks at it. */
export interface PageMoment {
  readonly state: RunState;
  readonly progress: RunProgress;
  /** As every other live view has them. */
  readonly figures: LiveFigures;
  /** The report as it would be now; at the end the report as it is. */
  readonly summary: RunSummary;
  /** Where the report was written; null until then. */
  readonly report: string | null;
}
