/**
 * Step 8 of Table 2-4: contact CallManager. The CallManagers of the configuration's group are tried by priority
 * (the scenario may name others instead); each is resolved, connected to and registered with. When the last one has
 * failed the whole boot is tried again, and so it is when they reject an unknown phone.
 */
import type { CloseCause, MachineEvent } from '../protocols/effects.ts';
import { LAST_OUT_OF_SERVICE, type LastOutOfService } from '../protocols/sccp/greeting.ts';
import { createRegistration, type SccpResult, stepRegistration } from '../protocols/sccp/registration.ts';
import type { HostPort } from './boot-settings.ts';
import { causeOfClose } from './close-causes.ts';
import type { FailureCause } from './failure-causes.ts';
import { askResolver, knownAddress, onResolverEvent, type Resolution } from './name-resolution.ts';
import {
  beginStage,
  failStage,
  hostPortText,
  noteSent,
  type Phone,
  type PhoneOutput,
  passStage,
} from './phone.ts';
import { runningLoad } from './running-load.ts';
import type { StepOutcome } from './step-outcome.ts';

/** A group holds three CallManagers; the fourth place is the SRST reference, which is not contacted yet. */
const MOST_CALL_MANAGERS = 3;

export function beginCallManager(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  const { settings } = phone.environment;
  if (settings.skip.callManager) return endWithoutCallManager(phone, now, out);
  phone.callManagers =
    settings.callManagers ??
    (phone.config?.callManagers ?? []).map(({ host, sccpPort }) => ({ host, port: sccpPort }));
  phone.callManagers = phone.callManagers.slice(0, MOST_CALL_MANAGERS);
  phone.callManager = 0;
  return contact(phone, now, out);
}

export function onCallManagerDns(phone: Phone, event: MachineEvent, out: PhoneOutput): StepOutcome {
  const resolution = onResolverEvent(phone, event, out);
  return resolution === null ? 'pending' : onResolution(phone, resolution, event.now, out);
}

/** Takes an event for the connection to the CallManager at `place` of the group. */
export function onSccpEvent(phone: Phone, place: number, event: MachineEvent, out: PhoneOutput): StepOutcome {
  const scope = out.sccp[place];
  if (!phone.sccp || !scope || place !== phone.callManager) return 'pending';
  stepRegistration(phone.sccp, scope.own(event), scope);
  noteSent(phone, scope.takeSent(), event.now, out);
  let outcome: StepOutcome = 'pending';
  for (const notice of scope.takeNotices()) {
    switch (notice.type) {
      case 'connected':
        passStage(phone, phone.server, event.now, out);
        beginStage(phone, 'register', event.now, out);
        break;
      case 'registered':
        onRegistered(phone, event.now, out);
        break;
      case 'ready':
        outcome = onReady(phone, event.now, out);
        break;
      case 'keepAliveAnswered':
        out.effects.emit({ ...notice, now: event.now });
        break;
      default:
        notice satisfies never;
    }
  }
  const result = scope.takeResult();
  return result === null ? outcome : onResult(phone, result, event.now, out);
}

/** Asks for the orderly end; `left` when there was nothing to leave. */
export function leaveCallManager(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  return onSccpEvent(phone, phone.callManager, { type: 'stop', now }, out);
}

/** Ends the connection without a word. */
export function dropCallManager(phone: Phone, out: PhoneOutput): void {
  out.sccp[phone.callManager]?.close();
  phone.sccp = null;
  phone.registered = false;
}

function contact(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  const next = phone.callManagers[phone.callManager];
  if (!next) return 'failed';
  const known = knownAddress(phone, next.host);
  if (known !== null) return register(phone, { host: known, port: next.port }, now, out);
  beginStage(phone, 'dns', now, out);
  const resolution = askResolver(phone, next.host, now, out);
  return resolution === null ? 'pending' : onResolution(phone, resolution, now, out);
}

function onResolution(phone: Phone, resolution: Resolution, now: number, out: PhoneOutput): StepOutcome {
  if ('address' in resolution) {
    passStage(phone, resolution.server, now, out);
    const port = phone.callManagers[phone.callManager]?.port ?? 0;
    return register(phone, { host: resolution.address, port }, now, out);
  }
  failStage(phone, resolution.cause, resolution.server, resolution.detail, now, out);
  return nextCallManager(phone, now, out);
}

function register(phone: Phone, server: HostPort, now: number, out: PhoneOutput): StepOutcome {
  const { settings, registrationOf } = phone.environment;
  beginStage(phone, 'connect', now, out);
  phone.server = hostPortText(server);
  phone.sccp = createRegistration({
    settings: registrationOf(phone.identity.model, runningLoad(phone)),
    deviceName: phone.name,
    mac: phone.identity.mac,
    host: server.host,
    port: server.port,
    leasedAddress: settings.sccp.advertise === 'lease' ? (phone.lease?.address ?? null) : null,
    alarm: phone.reason,
    phoneIndex: phone.identity.index,
  });
  return onSccpEvent(phone, phone.callManager, { type: 'start', now }, out);
}

function onRegistered(phone: Phone, now: number, out: PhoneOutput): void {
  phone.registered = true;
  passStage(phone, phone.server, now, out);
  out.effects.emit({ type: 'registered', now, server: phone.server });
  beginStage(phone, 'ready', now, out);
}

function onReady(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  passStage(phone, phone.server, now, out);
  phone.lastFailure = null;
  out.effects.emit({
    type: 'ready',
    now,
    server: phone.server,
    intendedAt: phone.intendedAt,
    firstPacketAt: phone.firstPacketAt,
    pausedMs: phone.pausedMs,
  });
  return 'passed';
}

function onResult(phone: Phone, result: SccpResult, now: number, out: PhoneOutput): StepOutcome {
  const wasRegistered = phone.registered;
  phone.sccp = null;
  phone.registered = false;
  switch (result.outcome) {
    case 'unregistered':
      out.effects.emit({ type: 'unregistered', now, server: phone.server });
      return 'left';
    case 'stopped':
      return 'left';
    case 'reset': {
      phone.reason = result.type === 1 ? LAST_OUT_OF_SERVICE.reset : LAST_OUT_OF_SERVICE.restart;
      endRegistration(phone, 'sccp-reset', `type ${result.type}`, wasRegistered, now, out);
      if (phone.state !== 'inService') return 'failed';
      return result.type === 1 ? 'reset' : 'restart';
    }
    case 'failed': {
      const cause = causeOf(result.cause);
      phone.reason = reasonOf(result.cause);
      endRegistration(phone, cause, result.detail, wasRegistered, now, out);
      return phone.state === 'inService' ? 'lost' : nextCallManager(phone, now, out);
    }
    default:
      return result satisfies never;
  }
}

/** Reports the end of a connection: as a failed stage while the phone was coming up, as lost service after. */
function endRegistration(
  phone: Phone,
  cause: FailureCause,
  detail: string | undefined,
  wasRegistered: boolean,
  now: number,
  out: PhoneOutput,
): void {
  const server = phone.server;
  const wasReady = phone.state === 'inService';
  const stage = phone.stage ?? 'ready';
  failStage(phone, cause, server, detail, now, out);
  if (!wasRegistered) return;
  const failure = { stage, cause, server, ...(detail ? { detail } : {}) };
  phone.lastFailure = failure;
  out.effects.emit({ type: 'serviceLost', now, failure, wasReady });
}

function nextCallManager(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  phone.callManager++;
  return contact(phone, now, out);
}

/** The scenario leaves step 8 out: the phone has all it wanted. */
function endWithoutCallManager(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  out.effects.emit({
    type: 'ready',
    now,
    server: '',
    intendedAt: phone.intendedAt,
    firstPacketAt: phone.firstPacketAt,
    pausedMs: phone.pausedMs,
  });
  return 'passed';
}

type RegistrationFailure = Extract<SccpResult, { outcome: 'failed' }>['cause'];

function causeOf(cause: RegistrationFailure): FailureCause {
  switch (cause) {
    case 'no-answer':
      return 'sccp-no-answer';
    case 'rejected':
      return 'sccp-rejected';
    case 'malformed':
      return 'sccp-malformed';
    case 'keepalive-timeout':
      return 'keepalive-timeout';
    default:
      return causeOfClose(cause satisfies CloseCause);
  }
}

function reasonOf(cause: RegistrationFailure): LastOutOfService {
  switch (cause) {
    case 'reset':
      return LAST_OUT_OF_SERVICE.callManagerResetTcp;
    case 'fin':
      return LAST_OUT_OF_SERVICE.callManagerClosedTcp;
    case 'keepalive-timeout':
      return LAST_OUT_OF_SERVICE.keepAliveTimeout;
    case 'rejected':
      return LAST_OUT_OF_SERVICE.registrationRejected;
    default:
      return LAST_OUT_OF_SERVICE.tcpTimeout;
  }
}
