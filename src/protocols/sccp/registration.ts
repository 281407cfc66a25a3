import { StreamFramer } from '../../wire/stream-framer.ts';
import { greeting } from './greeting.ts';
import { SCCP_FRAME_RULE } from './header.ts';
import { keepAliveTick } from './keep-alive.ts';
import { describePending } from './line-setup.ts';
import { phoneFrames } from './phone-frames.ts';
import type { RegistrationConfig, RegistrationEffects, RegistrationEvent } from './registration-contract.ts';
import { end, endLeaving, fail, leave, leaveForGood, leavingTimedOut } from './registration-ending.ts';
import { armKeepAlive, beginSetup, receive } from './registration-messages.ts';
import type { Registration } from './registration-record.ts';
import type { OpenConnection } from './standby-contract.ts';

export { abandonRegistration, applyConfiguration } from './registration-ending.ts';
export type * from './registration-contract.ts';
export type { Registration, RegistrationState } from './registration-record.ts';

/*
 * One phone's registration with one CallManager. Sources: Cisco CallManager 3.0(1) Troubleshooting Guide (order of
 * the messages), chan-sccp issue logs of 79x1 phones, Asterisk's Skinny development notes (keepalive).
 *
 *   state          event                     next            what is done
 *   -------------  ------------------------  --------------  --------------------------------------------------
 *   idle           start                     connecting      connect
 *                  start, connection open    registering     Alarm, RegisterReq (a standby connection is promoted)
 *   connecting     connected                 registering     notice connected; Alarm, RegisterReq
 *                  closed, connect timer     ended           failed/connect
 *   registering    RegisterAck               registered      notice registered; keepalive begins
 *                  CapabilitiesReq           registering     remembered: it is answered after RegisterAck
 *                  RegisterReject            ended           failed/register, rejected
 *                  Reset                     ended           reset (there is nothing to unregister)
 *                  closed, register timer    ended           failed/register
 *   registered     CapabilitiesReq           settingUp       first round of line-setup.ts
 *                  answer timer              settingUp       the same without CapabilitiesRes
 *   settingUp      answer to a question      settingUp       the next round, when this one is complete
 *                  last answer               inService       notice ready
 *                  answer timer              ended           failed/ready, no-answer
 *   inService      KeepAliveAck              inService       notice keepAliveAnswered
 *   registered,    keepAlive timer           same, or ended  keep-alive.ts: KeepAliveReq, nothing, keepalive-timeout
 *   settingUp,     KeepAliveReq              same            KeepAliveAck
 *   inService      CapabilitiesReq, again    same            CapabilitiesRes
 *                  Reset                     unregistering   UnregisterReq
 *   inService      Reset type 3              inService       notice applyConfig; applyConfiguration: as Reset
 *                  RegisterReject            ended           failed, rejected ("Crossover session")
 *                  stop                      unregistering   UnregisterReq
 *                  closed                    ended           failed
 *   unregistering  UnregisterAck             ended           reset or unregistered
 *                  UnregisterAck nak         unregistering   asked again when the timer fires, three times in all
 *                  Reset, closed, timer      ended           reset or unregistered
 *   idle, connecting, registering: stop      ended           stopped
 *   any            not SCCP                  ended           failed, malformed (unregistering: as closed)
 *   any            any other message         same            nothing
 */

/** @param open the connection, where a standby connection to this CallManager is up already */
export function createRegistration(
  config: RegistrationConfig,
  open: OpenConnection | null = null,
): Registration {
  return {
    state: 'idle',
    config,
    framer: open?.framer ?? new StreamFramer(SCCP_FRAME_RULE),
    openFrom: open?.localAddress ?? null,
    frames: phoneFrames(0),
    capabilitiesAsked: false,
    keepAlive: null,
    setup: null,
    leaving: null,
  };
}

export function stepRegistration(
  machine: Registration,
  event: RegistrationEvent,
  out: RegistrationEffects,
): void {
  switch (machine.state) {
    case 'idle':
      return stepIdle(machine, event, out);
    case 'connecting':
      return stepConnecting(machine, event, out);
    case 'registering':
      return stepRegistering(machine, event, out);
    case 'registered':
    case 'settingUp':
    case 'inService':
      return stepRegistered(machine, event, out);
    case 'unregistering':
      return stepUnregistering(machine, event, out);
    case 'ended':
      return;
    default:
      machine.state satisfies never;
  }
}

function stepIdle(machine: Registration, event: RegistrationEvent, out: RegistrationEffects): void {
  if (event.type === 'stop') {
    machine.state = 'ended';
    out.done({ outcome: 'stopped' });
  } else if (event.type === 'start' && machine.openFrom !== null) {
    introduce(machine, machine.openFrom, out);
  } else if (event.type === 'start') {
    machine.state = 'connecting';
    out.connect(machine.config.host, machine.config.port);
    out.setTimer('connect', machine.config.settings.connectTimeoutMs);
  }
}

function stepConnecting(machine: Registration, event: RegistrationEvent, out: RegistrationEffects): void {
  switch (event.type) {
    case 'connected':
      out.clearTimer('connect');
      out.notice({ type: 'connected' });
      return introduce(machine, event.localAddress, out);
    case 'timer':
      return fail(machine, 'timeout', out);
    case 'closed':
      return fail(machine, event.cause, out, { closed: true });
    case 'stop':
      return end(machine, { outcome: 'stopped' }, out);
    default:
  }
}

function introduce(machine: Registration, localAddress: string, out: RegistrationEffects): void {
  const { config } = machine;
  machine.state = 'registering';
  out.send(greeting(config, config.leasedAddress ?? localAddress));
  out.setTimer('register', config.settings.registerTimeoutMs);
}

function stepRegistering(machine: Registration, event: RegistrationEvent, out: RegistrationEffects): void {
  switch (event.type) {
    case 'data':
      return receive(machine, event.bytes, event.now, out);
    case 'timer':
      return fail(machine, 'no-answer', out, { detail: 'RegisterReq' });
    case 'closed':
      return fail(machine, event.cause, out, { closed: true });
    case 'stop':
      return end(machine, { outcome: 'stopped' }, out);
    default:
  }
}

/** From RegisterAck on: registered, settingUp, inService. */
function stepRegistered(machine: Registration, event: RegistrationEvent, out: RegistrationEffects): void {
  switch (event.type) {
    case 'data':
      return receive(machine, event.bytes, event.now, out);
    case 'timer':
      if (event.timer === 'keepAlive') return keepAliveDue(machine, event.now, out);
      if (event.timer === 'answer') return answerMissing(machine, out);
      return;
    case 'closed':
      return fail(machine, event.cause, out, { closed: true });
    case 'stop':
      return leave(machine, null, out);
    default:
  }
}

function stepUnregistering(machine: Registration, event: RegistrationEvent, out: RegistrationEffects): void {
  switch (event.type) {
    case 'data':
      return receive(machine, event.bytes, event.now, out);
    case 'timer':
      return leavingTimedOut(machine, out);
    case 'closed':
      return endLeaving(machine, event.cause === 'fin', out, { closed: true });
    case 'stop':
      return leaveForGood(machine);
    default:
  }
}

function answerMissing(machine: Registration, out: RegistrationEffects): void {
  if (machine.state === 'registered') return beginSetup(machine, false, out);
  if (machine.setup === null) return;
  fail(machine, 'no-answer', out, { detail: describePending(machine.setup) });
}

function keepAliveDue(machine: Registration, now: number, out: RegistrationEffects): void {
  const { keepAlive } = machine;
  if (keepAlive === null) return;
  const action = keepAliveTick(keepAlive, now);
  if (action === 'give-up') return fail(machine, 'keepalive-timeout', out);
  if (action === 'send') out.send(machine.frames.keepAlive);
  armKeepAlive(machine, keepAlive, out);
}
