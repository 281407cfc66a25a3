import type { RunState } from '../metrics/run-state.ts';
import type { GeneratorLimits } from '../scenario/validity.ts';
import { formatCount, formatSeconds } from './figures.ts';
import { generatorFaults } from './generator-faults.ts';
import type { RunSummary } from './summary-schema.ts';
import { formatThresholdValue, type ThresholdResult } from './thresholds.ts';

/** What a verdict is found from. */
export interface JudgedRun {
  readonly state: RunState;
  /** Why the run was ended before its time; null when it was not. */
  readonly abortReason: string | null;
  /** Null: nobody collected them. */
  readonly lostSnapshots: number | null;
  readonly limits: GeneratorLimits;
  readonly thresholds: readonly ThresholdResult[];
}

/**
 * Judges a run. The first that applies is the result, but every reason is given: aborted, when it was ended before
 * its time; invalid, when the generator was the bottleneck; fail, when a threshold was missed; else pass.
 */
export function judge({
  state,
  abortReason,
  lostSnapshots,
  limits,
  thresholds,
}: JudgedRun): RunSummary['verdict'] {
  const aborted = abortReason === null ? [] : [abortReason];
  const invalid = generatorFaults(state, lostSnapshots, limits);
  const failed = thresholds.filter(({ holds }) => !holds).map((missed) => `missed: ${withValue(missed)}`);
  const reasons = [...aborted, ...invalid, ...failed, ...phonesOutOfService(state)];
  if (aborted.length > 0) return { result: 'aborted', reasons };
  if (invalid.length > 0) return { result: 'invalid', reasons };
  if (failed.length > 0) return { result: 'fail', reasons };
  return { result: 'pass', reasons: [...phonesInService(state), ...thresholds.map(withValue)] };
}

function withValue(result: ThresholdResult): string {
  const { endedRunAtSecond: second } = result;
  const ended = second === null ? '' : `, the run was ended for it after ${formatSeconds(second)}`;
  return `${result.text} (found ${formatThresholdValue(result)})${ended}`;
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
