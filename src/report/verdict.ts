import { FAILURE_CAUSES } from '../phone/failure-causes.ts';
import type { RunState } from '../metrics/run-state.ts';
import { formatCount, formatSeconds } from './figures.ts';
import type { RunSummary } from './summary-schema.ts';
import { formatThresholdValue, type ThresholdResult } from './thresholds.ts';

/** From where on the generator's own slowness makes a run invalid. */
export interface GeneratorLimits {
  readonly latenessP99Seconds: number;
  readonly eventLoopLagP99Seconds: number;
}

/**
 * What a real phone's timers can't tell apart from the network: the shortest of them is a second, and a quarter
 * of that is the error that a recovery time given in seconds can bear.
 */
export const DEFAULT_GENERATOR_LIMITS: GeneratorLimits = {
  latenessP99Seconds: 0.25,
  eventLoopLagP99Seconds: 0.25,
};

/**
 * Judges a run. The first that applies is the result, but every reason is given: aborted, when it was ended before
 * its time; invalid, when the generator was the bottleneck; fail, when a threshold was missed; else pass.
 */
export function judge(
  state: RunState,
  abortReason: string | null,
  limits: GeneratorLimits,
  thresholds: readonly ThresholdResult[],
): RunSummary['verdict'] {
  const aborted = abortReason === null ? [] : [abortReason];
  const invalid = generatorFaults(state, limits);
  const failed = thresholds.filter(({ holds }) => !holds).map((missed) => `missed: ${withValue(missed)}`);
  const reasons = [...aborted, ...invalid, ...failed, ...phonesOutOfService(state)];
  if (aborted.length > 0) return { result: 'aborted', reasons };
  if (invalid.length > 0) return { result: 'invalid', reasons };
  if (failed.length > 0) return { result: 'fail', reasons };
  return { result: 'pass', reasons: [...phonesInService(state), ...thresholds.map(withValue)] };
}

function withValue(result: ThresholdResult): string {
  return `${result.text} (found ${formatThresholdValue(result)})`;
}

function generatorFaults(state: RunState, limits: GeneratorLimits): string[] {
  const faults: string[] = [];
  const { worstWindow } = state.generator;
  const tooSlow = (what: string, p99Ms: number | null, limitSeconds: number): void => {
    if (p99Ms === null || p99Ms <= limitSeconds * 1000) return;
    faults.push(
      `the generator was the bottleneck: ${what} p99 is ${formatSeconds(p99Ms / 1000)}, ` +
        `the limit is ${formatSeconds(limitSeconds)}`,
    );
  };
  tooSlow('lateness', worstWindow.lateness, limits.latenessP99Seconds);
  tooSlow('event-loop lag', worstWindow.eventLoopLag, limits.eventLoopLagP99Seconds);
  for (const { cause, count } of state.failures) {
    if (FAILURE_CAUSES[cause].fault !== 'generator') continue;
    faults.push(`${FAILURE_CAUSES[cause].text}: ${formatCount(count)} attempts`);
  }
  return faults;
}

function phonesInService(state: RunState): string[] {
  if (state.ledger.ready < state.asked) return phonesOutOfService(state);
  return [`all ${formatCount(state.asked)} phones are in service`];
}

/** Where the phones are that are not in service: what a threshold that is missed does not say. */
function phonesOutOfService({ asked, ledger }: RunState): string[] {
  if (ledger.ready === asked) return [];
  const parts = [
    [ledger.notStarted, 'not started'],
    [ledger.trying, 'trying'],
    [ledger.registered, 'registered but not in service'],
    [ledger.dropped, 'dropped'],
    [ledger.failed, 'failed'],
    [ledger.lostWithAgent, 'lost with their agent'],
  ] as const;
  const named = parts.filter(([count]) => count > 0).map(([count, name]) => `${formatCount(count)} ${name}`);
  const out = formatCount(asked - ledger.ready);
  return [`${out} of ${formatCount(asked)} phones are not in service: ${named.join(', ')}`];
}
