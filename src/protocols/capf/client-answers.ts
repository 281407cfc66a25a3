import type {
  CapfClient,
  CapfEffects,
  CapfFailure,
  CapfFailureCause,
  CapfResult,
} from './client-contract.ts';
import {
  CAPF_COMMANDS,
  CAPF_REASONS,
  type CapfCommandName,
  type CapfElements,
  encodeCapf,
} from './message.ts';

/** What `capfc` answers where it cannot do what was asked, and `capfd` takes as such. */
export const REFUSED: CapfElements = { reason: CAPF_REASONS.invalidElement };
export const DONE: CapfElements = { reason: CAPF_REASONS.updated };

export function answer(
  { sessionId }: CapfClient,
  command: CapfCommandName,
  elements: CapfElements,
  out: CapfEffects,
): void {
  out.send(encodeCapf({ command: CAPF_COMMANDS[command], sessionId: sessionId ?? 0, elements }));
}

type FailureFacts = Pick<CapfFailure, 'reason' | 'detail'>;

export function fail(
  machine: CapfClient,
  cause: CapfFailureCause,
  facts: FailureFacts,
  out: CapfEffects,
): void {
  end(machine, { outcome: 'failed', cause, ...facts }, out);
}

/** As `fail`, unless the phone has already done what it was asked for. */
export function conclude(
  machine: CapfClient,
  cause: CapfFailureCause,
  facts: FailureFacts,
  out: CapfEffects,
): void {
  if (machine.achieved === null) return fail(machine, cause, facts, out);
  end(machine, machine.achieved, out);
}

export function end(machine: CapfClient, result: CapfResult, out: CapfEffects): void {
  const begun = machine.state !== 'idle';
  machine.state = 'ended';
  machine.newKey = null;
  if (begun) {
    out.clearTimer('answer');
    out.clearTimer('key');
    out.close();
  }
  out.done(result);
}
