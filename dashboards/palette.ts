/** One colour for one thing, on every panel of every dashboard; Grafana's names, so that both themes suit. */
import type { PhoneState } from '../src/metrics/ledger.ts';
import type { RunPhase, RunProgress } from '../src/metrics/run-progress.ts';
import { STAGE_NAMES, type Stage } from '../src/phone/stages.ts';

export const GOOD = 'green';
export const NOTICE = 'yellow';
export const WARNING = 'orange';
export const BAD = 'red';
export const NEUTRAL = 'blue';
export const QUIET = '#8e9aa8';

/** As they lie on each other: what is in service at the bottom, so that its edge is the recovery curve. */
export const STATE_COLOURS: Readonly<Record<PhoneState | 'lostWithAgent', string>> = {
  ready: GOOD,
  registered: NEUTRAL,
  trying: NOTICE,
  dropped: WARNING,
  failed: BAD,
  lostWithAgent: 'purple',
  notStarted: QUIET,
};

export const VERDICT_COLOURS: Readonly<Record<NonNullable<RunProgress['verdict']>, string>> = {
  pass: GOOD,
  fail: BAD,
  invalid: 'purple',
  aborted: WARNING,
};

export const PHASE_COLOURS: Readonly<Record<RunPhase, string>> = {
  preparing: QUIET,
  ramping: NOTICE,
  holding: NEUTRAL,
  draining: WARNING,
  done: GOOD,
};

/** From the plug to the dial tone: grey while time is modelled, then a colour for each kind of server. */
const STAGE_SHADES = [
  '#6e7781',
  '#8e9aa8',
  '#b6c0cb',
  'purple',
  'light-purple',
  'dark-blue',
  'blue',
  'light-blue',
  'dark-orange',
  'light-orange',
  'semi-dark-yellow',
  'dark-yellow',
  'yellow',
  'light-green',
  'green',
];

export function stageColour(stage: Stage): string {
  return STAGE_SHADES[STAGE_NAMES.indexOf(stage)] ?? NEUTRAL;
}

/** Percentiles of one latency: the further out, the warmer. */
export const PERCENTILE_COLOURS: Readonly<Record<string, string>> = {
  p50: GOOD,
  p90: NOTICE,
  p95: NOTICE,
  p99: WARNING,
  max: BAD,
};
