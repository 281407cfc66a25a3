/** How far a run is: what changes while it lasts, besides what its phones do. */

export const RUN_PHASES = ['preparing', 'ramping', 'holding', 'draining', 'done'] as const;
export type RunPhase = (typeof RUN_PHASES)[number];

/** What is marked on a time axis. */
export const RUN_MARKS = [
  'start',
  'wave',
  'powerCut',
  'steer',
  'hold',
  'agentLost',
  'labEvent',
  'stopping',
  'end',
] as const;

export interface RunMark {
  readonly type: (typeof RUN_MARKS)[number];
  /** ISO 8601, UTC: of a steer the instant at which it takes effect. */
  readonly utc: string;
  /** Seconds since the start; null before it is known. */
  readonly second: number | null;
  /** In words, as the report has it. */
  readonly what: string;
}

export const VERDICTS = ['pass', 'fail', 'invalid', 'aborted'] as const;

export interface RunProgress {
  readonly phase: RunPhase;
  /** Since the armed instant; negative before it, 0 while it is not known. */
  readonly elapsedSeconds: number;
  /** At which schedule time passes now: 0 is a pause. */
  readonly slope: number;
  /** In the order of time. */
  readonly marks: readonly RunMark[];
  /** As the figures are now. */
  readonly thresholds: readonly {
    readonly text: string;
    /** What was found, in words; with its unit. */
    readonly found: string;
    readonly holds: boolean;
  }[];
  /** Null until the ledger is closed. */
  readonly verdict: (typeof VERDICTS)[number] | null;
  /** What holds now and is out of the ordinary, in a few words each. */
  readonly troubles: readonly string[];
}
