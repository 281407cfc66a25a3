import { RESET_TYPE, UNREGISTER_STATUS } from './messages/session-end.ts';
import type { RegistrationEffects, SccpFailureCause, SccpResult } from './registration-contract.ts';
import { type Leaving, PHASE_OF_STATE, type Registration, TIMERS_OF_STATE } from './registration-record.ts';

/* The ways in which a registration ends: at once, or after the phone has taken its leave. */

/** UnregisterReq is sent this often before the phone leaves without leave. Our inference. */
const UNREGISTER_ATTEMPTS = 3;

export function leave(machine: Registration, because: Leaving['reset'], out: RegistrationEffects): void {
  releaseTimers(machine, out);
  machine.state = 'unregistering';
  machine.setup = null;
  machine.leaving = { reset: because, attempts: 0, refused: false };
  askToLeave(machine, out);
}

function askToLeave(machine: Registration, out: RegistrationEffects): void {
  if (machine.leaving === null) return;
  machine.leaving.attempts++;
  machine.leaving.refused = false;
  out.send(machine.frames.unregister);
  out.setTimer('unregister', machine.config.settings.unregisterTimeoutMs);
}

/** The phone has read its configuration again (Reset type 3), and what it found there needs a restart. */
export function applyConfiguration(machine: Registration, out: RegistrationEffects): void {
  if (machine.state === 'inService')
    leave(machine, { type: RESET_TYPE.applyConfig, phase: 'inService' }, out);
}

/** Ends at once and without a word: the network is gone, or the phone's power. */
export function abandonRegistration(machine: Registration, out: RegistrationEffects): void {
  if (machine.state === 'ended') return;
  releaseTimers(machine, out);
  machine.state = 'ended';
  out.close();
}

/** The phone was stopped while it was leaving because of a Reset: it will not come back. */
export function leaveForGood(machine: Registration): void {
  if (machine.leaving !== null) machine.leaving = { ...machine.leaving, reset: null };
}

/** A refused phone asks again; one that got no answer goes. */
export function leavingTimedOut(machine: Registration, out: RegistrationEffects): void {
  const { leaving } = machine;
  if (leaving?.refused && leaving.attempts < UNREGISTER_ATTEMPTS) askToLeave(machine, out);
  else endLeaving(machine, false, out);
}

/** A refusal (a call is up) keeps the phone registered for now: it asks again when the timer fires. */
export function receiveUnregisterAck(machine: Registration, status: number, out: RegistrationEffects): void {
  if (machine.leaving === null) return;
  if (status === UNREGISTER_STATUS.nak) machine.leaving.refused = true;
  else endLeaving(machine, status === UNREGISTER_STATUS.ok, out);
}

export function endLeaving(
  machine: Registration,
  acknowledged: boolean,
  out: RegistrationEffects,
  ending: Ending = {},
): void {
  const because = machine.leaving?.reset ?? null;
  if (because === null) return end(machine, { outcome: 'unregistered', acknowledged }, out, ending);
  end(machine, { outcome: 'reset', type: because.type, phase: because.phase }, out, ending);
}

interface Ending {
  /** The stream is closed already. */
  readonly closed?: boolean;
  readonly detail?: string;
}

export function fail(
  machine: Registration,
  cause: SccpFailureCause,
  out: RegistrationEffects,
  ending: Ending = {},
): void {
  const phase = PHASE_OF_STATE[machine.state];
  const { detail } = ending;
  end(machine, { outcome: 'failed', phase, cause, ...(detail === undefined ? {} : { detail }) }, out, ending);
}

/** Releases what the state holds, then says how it ended. */
export function end(
  machine: Registration,
  result: SccpResult,
  out: RegistrationEffects,
  ending: Ending = {},
): void {
  releaseTimers(machine, out);
  machine.state = 'ended';
  machine.setup = null;
  if (!ending.closed) out.close();
  out.done(result);
}

function releaseTimers(machine: Registration, out: RegistrationEffects): void {
  for (const timer of TIMERS_OF_STATE[machine.state]) out.clearTimer(timer);
}
