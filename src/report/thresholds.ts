import { total } from '../metrics/sums.ts';
import type { RunFacts } from '../metrics/run-facts.ts';
import type { RunState } from '../metrics/run-state.ts';
import { Histogram } from '../metrics/histogram.ts';
import { FILE_STAGES, type Stage } from '../phone/stages.ts';
import { fateOf } from '../scenario/threshold-fate.ts';
import type { Threshold, ThresholdOperator } from '../scenario/threshold-field.ts';
import type { ThresholdMetric } from '../scenario/threshold-metrics.ts';
import { formatCount, formatSeconds } from './figures.ts';

/** A value and what it counts; null: no value, because so many phones never came so far. */
export interface FoundValue {
  readonly value: number | null;
  readonly unit: Threshold['limit']['unit'];
}

export interface ThresholdResult extends FoundValue {
  /** As it was written. */
  readonly text: string;
  /** A threshold without a value does not hold: what was not measured is not fulfilled. */
  readonly holds: boolean;
  /** The run was ended for it so many seconds after its start; null: it was not. */
  readonly endedRunAtSecond: number | null;
}

/** Holds a threshold against the run at the end of its hold. */
export function evaluateThreshold(
  state: RunState,
  waves: RunFacts['waves'],
  threshold: Threshold,
): ThresholdResult {
  const { text, operator, limit } = threshold;
  const read = READERS[threshold.metric](state, threshold, waves);
  const value = read === null ? null : inUnit(read, limit.unit, state.asked);
  const holds = value !== null && compare(value, operator, limit.value);
  return { text, value, unit: limit.unit, holds, endedRunAtSecond: null };
}

/** A threshold for which the run was ended was missed then, whatever its last seconds made of it. */
export function endedFor(result: ThresholdResult, second: number | undefined): ThresholdResult {
  return second === undefined ? result : { ...result, holds: false, endedRunAtSecond: rounded(second) };
}

/** Whether a threshold is missed for certain: whatever happens later, it does not hold at the end. See `fateOf`. */
export function isMissedForGood(state: RunState, threshold: Threshold): boolean {
  const { operator, limit } = threshold;
  const isPassed = (value: number): boolean => value >= limit.value && !compare(value, operator, limit.value);
  const { value } = evaluateThreshold(state, [], threshold);
  const fate = fateOf(threshold);
  switch (fate) {
    case 'growing':
      return value !== null && isPassed(value);
    case 'timed': {
      // Who comes into service later takes longer than until now; who did not come yet may still be before others.
      const until = rounded(state.generator.toldUntilMs / 1000);
      return isPassed(Math.min(value ?? until, until));
    }
    case 'atEnd':
      return false;
    default:
      return fate satisfies never;
  }
}

/** The first threshold for which a run is to end at `second`; null: it goes on. */
export function endingThreshold(
  state: RunState,
  second: number,
  waves: RunFacts['waves'],
  thresholds: readonly Threshold[],
): ThresholdResult | null {
  for (const threshold of thresholds) {
    if (threshold.abort === undefined) continue;
    const { afterSeconds } = threshold.abort;
    const result = evaluateThreshold(state, waves, threshold);
    const isOver =
      afterSeconds === null ? isMissedForGood(state, threshold) : second >= afterSeconds && !result.holds;
    if (isOver) return result;
  }
  return null;
}

/** `98.75 %`, `12,345`, `1.23 s`. */
export function formatThresholdValue({ value, unit }: FoundValue): string {
  if (value === null) return 'never reached';
  switch (unit) {
    case 'percent':
      return `${Math.floor(value * 1000 + 1e-6) / 1000} %`;
    case 'count':
      return formatCount(value);
    case 'seconds':
      return formatSeconds(value);
    default:
      return unit satisfies never;
  }
}

/** The value of each metric: phones, events, or milliseconds; null where so many phones never came so far. */
const READERS: Record<
  ThresholdMetric,
  (state: RunState, threshold: Threshold, waves: RunFacts['waves']) => number | null
> = {
  ready: ({ ledger }) => ledger.ready,
  registered: ({ ledger }) => ledger.registered + ledger.ready,
  dropped: ({ ledger }) => ledger.dropped,
  failed: ({ ledger }) => ledger.failed,
  trying: ({ ledger }) => ledger.trying,
  not_started: ({ ledger }) => ledger.notStarted,
  failed_over: ({ group }) => group.phonesFailedOver,
  fell_back: ({ group }) => group.phonesFellBack,
  service_lost: ({ servicesLost }) => servicesLost,
  restarts: ({ restarts }) => restarts,
  failures: failuresThatMatch,
  transfers: transfersThatMatch,
  tokens_granted: ({ tokens }) => tokens.outcomes.granted,
  tokens_rejected: ({ tokens }) => tokens.outcomes.rejected,
  secured: ({ security }) => security.inService.authenticated + security.inService.encrypted,
  handshakes_full: ({ security }) => security.handshakes.full.count,
  handshakes_resumed: ({ security }) => security.handshakes.resumed.count,
  time_to_service: ({ recovery, asked }, { quantile }) => recovery.fromPower.quantileOf(asked, quantile ?? 1),
  network_time: ({ recovery, asked }, { quantile }) => recovery.network.quantileOf(asked, quantile ?? 1),
  registration: ({ registration }, { quantile }) => registration.quantile(quantile ?? 1),
  stage: ({ stages }, { of, quantile }) => stageLatency(stages, of).quantile(quantile ?? 1),
  wave: timeOfWave,
};

function stageLatency(stages: RunState['stages'], of: string | null): Histogram {
  if (of !== 'tftp') return stages[of as Stage].latency;
  return FILE_STAGES.reduce((all, stage) => all.merge(stages[stage].latency), new Histogram());
}

function timeOfWave(
  { recovery }: RunState,
  { of, quantile }: Threshold,
  waves: RunFacts['waves'],
): number | null {
  const number = waves.findIndex(({ name }) => name === of);
  const toService = recovery.waves[number]?.toService;
  return toService?.quantileOf(waves[number]?.phones ?? 0, quantile ?? 1) ?? null;
}

function failuresThatMatch({ failures }: RunState, { filters }: Threshold): number {
  const { stage, cause, server } = filters;
  return total(
    failures.filter(
      (row) =>
        (stage === undefined || row.stage === stage) &&
        (cause === undefined || row.cause === cause) &&
        (server === undefined || row.server === server),
    ),
    ({ count }) => count,
  );
}

function transfersThatMatch({ transfers }: RunState, { filters }: Threshold): number {
  const outcomes = Object.entries(transfers.outcomes);
  const matching = outcomes.filter(([name]) => filters.outcome === undefined || name === filters.outcome);
  return total(matching, ([, count]) => count);
}

function inUnit(value: number, unit: FoundValue['unit'], asked: number): number {
  switch (unit) {
    case 'percent':
      return rounded((value / asked) * 100);
    case 'count':
      return value;
    case 'seconds':
      return rounded(value / 1000);
    default:
      return unit satisfies never;
  }
}

/** To a millionth, so that 999 of 1,000 phones are 99.9 % and not a bit less. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

function compare(value: number, operator: ThresholdOperator, limit: number): boolean {
  switch (operator) {
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
    case '==':
      return value === limit;
    case '!=':
      return value !== limit;
    default:
      return operator satisfies never;
  }
}
