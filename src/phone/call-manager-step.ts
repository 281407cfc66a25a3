/**
 * Step 8 of Table 2-4: contact CallManager. The members of the phone's group are contacted one after the other
 * (call-manager-group.ts has the order); each is resolved, connected to and registered with. When the last one has
 * failed the whole boot is tried again, and so it is when they reject an unknown phone.
 *
 *   in service   FIN, RST, keepalive lost, reject  failover: at once over a standby connection, else after a pause
 *                token granted                     fallback: Unregister here, then Register there
 *                Reset 1, 2                        Unregister, then the boot goes on at its image or its configuration
 *                Reset 3                           apply-config.ts
 */
import type { MachineEvent } from '../protocols/effects.ts';
import { LAST_OUT_OF_SERVICE } from '../protocols/sccp/greeting.ts';
import {
  abandonRegistration,
  createRegistration,
  type SccpNotice,
  type SccpResult,
  stepRegistration,
} from '../protocols/sccp/registration.ts';
import type { OpenConnection } from '../protocols/sccp/standby.ts';
import { beginApplyConfig, dropApplyConfig } from './apply-config.ts';
import type { HostPort } from './boot-settings.ts';
import { type GroupMember, groupOf, hasReserve, NO_PLACE, nextPlace, wayTo } from './call-manager-group.ts';
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
import { CALL_MANAGER_ENDPOINTS, type CallManagerEndpoint } from './phone-effects.ts';
import { causeOfSccp, reasonOfSccp } from './registration-causes.ts';
import { emitReady, endRegistration, onReady, onRegistered, reportLink } from './registration-report.ts';
import { registrationSettings } from './running-load.ts';
import {
  dropLink,
  linkOn,
  onLinkVerdict,
  prepareLink,
  type SecureLink,
  takeFailure,
  type TvsVerdict,
} from './secure-link.ts';
import { throughCallManagerLink } from './server-trust.ts';
import { securityOf } from './security-decision.ts';
import {
  cancelResolution,
  dropMisplaced,
  dropStandbys,
  grantedPlace,
  keepStandbys,
  onStandbyDns,
  onStandbyEvent,
  onStandbyVerdict,
  takeOver,
} from './standby-step.ts';
import type { StepOutcome } from './step-outcome.ts';

export function beginCallManager(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  if (phone.environment.settings.skip.callManager) return endWithoutCallManager(phone, now, out);
  const decision = securityOf(phone);
  phone.security = decision.connect === 'tls' ? decision.level : 'none';
  phone.callManagers = groupOf(phone);
  phone.appliedConfig = phone.config;
  phone.tried = 0;
  return contactNext(phone, now, out);
}

/** The phone is in service: it cares for its standby connections, and for what it was told meanwhile. */
export function beginService(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  phone.inServiceSince = now;
  phone.lostPlace = NO_PLACE;
  phone.unreachable = 0;
  dropMisplaced(phone, now, out);
  keepStandbys(phone, now, out);
  const outcome = phone.applyConfigAsked ? beginApplyConfig(phone, now, out) : 'pending';
  return outcome === 'pending' ? fallBack(phone, now, out) : outcome;
}

export function onCallManagerDns(phone: Phone, event: MachineEvent, out: PhoneOutput): StepOutcome {
  if (phone.resolving !== NO_PLACE) {
    onStandbyDns(phone, event, out);
    return 'pending';
  }
  const resolution = onResolverEvent(phone, event, out);
  return resolution === null ? 'pending' : onResolution(phone, resolution, event.now, out);
}

/** Takes an event for the connection to the CallManager at `place` of the group. */
export function onCallManagerEvent(
  phone: Phone,
  place: number,
  event: MachineEvent,
  out: PhoneOutput,
): StepOutcome {
  if (phone.sccp && place === phone.callManager) return onConnectionEvent(phone, event, out);
  return onStandbyEvent(phone, place, event, out) ? fallBack(phone, event.now, out) : 'pending';
}

/** Asks for the orderly end; `left` when there was nothing to leave. */
export function leaveCallManager(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  phone.fallbackTo = NO_PLACE;
  return onConnectionEvent(phone, { type: 'stop', now }, out);
}

/** Ends all connections to CallManagers without a word. */
export function dropCallManagers(phone: Phone, now: number, out: PhoneOutput): void {
  dropApplyConfig(phone, now, out);
  dropStandbys(phone, now, out);
  phone.fallbackTo = NO_PLACE;
  phone.lostPlace = NO_PLACE;
  const scope = out.sccp[phone.callManager];
  if (!phone.sccp || !scope) return;
  const endpoint = CALL_MANAGER_ENDPOINTS[phone.callManager];
  if (endpoint) dropLink(phone, endpoint, out);
  abandonRegistration(phone.sccp, scope);
  phone.sccp = null;
  phone.registered = false;
}

/** Goes back to the place that has granted a token, if the phone is in service and nothing else is under way. */
function fallBack(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  const place = grantedPlace(phone);
  if (place === NO_PLACE || phone.state !== 'inService' || phone.fallbackTo !== NO_PLACE) return 'pending';
  if (phone.sccp?.state !== 'inService') return 'pending';
  phone.fallbackTo = place;
  return onConnectionEvent(phone, { type: 'stop', now }, out);
}

function contactNext(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  const place = nextPlace(phone);
  const member = phone.callManagers[place];
  phone.fallbackTo = NO_PLACE;
  if (!member) return 'failed';
  cancelResolution(phone, now, out);
  phone.tried |= 1 << place;
  phone.callManager = place;
  const standby = phone.standbys[place];
  const open = takeOver(phone, place, now, out);
  if (open !== null && standby) {
    beginStage(phone, 'register', now, out);
    return register(phone, standby.config, open, now, out);
  }
  const known = knownAddress(phone, member.host);
  if (known !== null) return connect(phone, member, known, now, out);
  beginStage(phone, 'dns', now, out);
  const resolution = askResolver(phone, member.host, now, out);
  return resolution === null ? 'pending' : onResolution(phone, resolution, now, out);
}

function onResolution(phone: Phone, resolution: Resolution, now: number, out: PhoneOutput): StepOutcome {
  if ('address' in resolution) {
    passStage(phone, resolution.server, now, out);
    const member = phone.callManagers[phone.callManager];
    if (member) return connect(phone, member, resolution.address, now, out);
    return contactNext(phone, now, out);
  }
  failStage(phone, resolution.cause, resolution.server, resolution.detail, now, out);
  return contactNext(phone, now, out);
}

function connect(
  phone: Phone,
  member: GroupMember,
  host: string,
  now: number,
  out: PhoneOutput,
): StepOutcome {
  const { port, level } = wayTo(phone, member);
  const server = { host, port };
  const [endpoint, scope] = [CALL_MANAGER_ENDPOINTS[phone.callManager], out.sccp[phone.callManager]];
  if (endpoint && scope) prepareLink(phone, endpoint, hostPortText(server), level, scope);
  beginStage(phone, 'connect', now, out);
  return register(phone, server, null, now, out);
}

function register(
  phone: Phone,
  server: HostPort,
  open: OpenConnection | null,
  now: number,
  out: PhoneOutput,
): StepOutcome {
  const { settings } = phone.environment;
  phone.server = hostPortText(server);
  const config = {
    settings: registrationSettings(phone),
    deviceName: phone.name,
    mac: phone.identity.mac,
    host: server.host,
    port: server.port,
    leasedAddress: settings.sccp.advertise === 'lease' ? (phone.lease?.address ?? null) : null,
    alarm: phone.reason,
    phoneIndex: phone.identity.index,
  };
  phone.sccp = createRegistration(config, open);
  return onSccpEvent(phone, { type: 'start', now }, out);
}

/** Takes an event for the connection that the phone registers over: TLS first, where it is secured. */
function onConnectionEvent(phone: Phone, event: MachineEvent, out: PhoneOutput): StepOutcome {
  const endpoint = CALL_MANAGER_ENDPOINTS[phone.callManager];
  const link = endpoint === undefined ? null : linkOn(phone, endpoint);
  if (endpoint === undefined || link === null) return onSccpEvent(phone, event, out);
  const before = link.phase;
  return afterLink(
    phone,
    link,
    before,
    throughCallManagerLink(phone, endpoint, link, event, out),
    event.now,
    out,
  );
}

/** What TVS says of the server to which a connection is being secured. */
export function onServerVerdict(
  phone: Phone,
  endpoint: CallManagerEndpoint,
  verdict: TvsVerdict,
  now: number,
  out: PhoneOutput,
): StepOutcome {
  const link = linkOn(phone, endpoint);
  if (link === null) return 'pending';
  const place = CALL_MANAGER_ENDPOINTS.indexOf(endpoint);
  if (!phone.sccp || place !== phone.callManager) {
    return onStandbyVerdict(phone, place, link, verdict, now, out) ? fallBack(phone, now, out) : 'pending';
  }
  const before = link.phase;
  return afterLink(phone, link, before, onLinkVerdict(phone, link, verdict, now, out), now, out);
}

/** The stages of a connection that is secured; then what its protocol is to be told. */
function afterLink(
  phone: Phone,
  link: SecureLink,
  before: SecureLink['phase'],
  events: readonly MachineEvent[],
  now: number,
  out: PhoneOutput,
): StepOutcome {
  reportLink(phone, link, before, now, out);
  let outcome: StepOutcome = 'pending';
  for (const event of events) {
    const next = onSccpEvent(phone, event, out);
    if (next !== 'pending') outcome = next;
  }
  return outcome;
}

function onSccpEvent(phone: Phone, event: MachineEvent, out: PhoneOutput): StepOutcome {
  const scope = out.sccp[phone.callManager];
  if (!phone.sccp || !scope) return 'pending';
  stepRegistration(phone.sccp, scope.own(event), scope);
  noteSent(phone, scope.takeSent(), event.now, out);
  let outcome: StepOutcome = 'pending';
  for (const notice of scope.takeNotices()) {
    const next = onNotice(phone, notice, event.now, out);
    if (next !== 'pending') outcome = next;
  }
  const result = scope.takeResult();
  return result === null ? outcome : onResult(phone, result, event.now, out);
}

function onNotice(phone: Phone, notice: SccpNotice, now: number, out: PhoneOutput): StepOutcome {
  switch (notice.type) {
    case 'connected':
      passStage(phone, phone.server, now, out);
      beginStage(phone, 'register', now, out);
      return 'pending';
    case 'registered':
      phone.standbyKeepAliveMs = notice.standbyKeepAliveMs;
      onRegistered(phone, now, out);
      return 'pending';
    case 'ready':
      onReady(phone, now, out);
      return 'passed';
    case 'keepAliveAnswered':
      out.effects.emit({ ...notice, now });
      return 'pending';
    case 'applyConfig':
      phone.applyConfigAsked = true;
      return phone.state === 'inService' && phone.stage === null
        ? beginApplyConfig(phone, now, out)
        : 'pending';
    default:
      return notice satisfies never;
  }
}

function onResult(phone: Phone, result: SccpResult, now: number, out: PhoneOutput): StepOutcome {
  const wasRegistered = phone.registered;
  const endpoint = CALL_MANAGER_ENDPOINTS[phone.callManager];
  const failure = endpoint === undefined ? null : takeFailure(phone, endpoint);
  dropApplyConfig(phone, now, out);
  phone.sccp = null;
  phone.registered = false;
  switch (result.outcome) {
    case 'unregistered':
      out.effects.emit({ type: 'unregistered', now, server: phone.server });
      if (phone.fallbackTo === NO_PLACE) return 'left';
      phone.reason = LAST_OUT_OF_SERVICE.failback;
      phone.cameFrom = { server: phone.server, place: phone.callManager, lost: false };
      return 'nextCallManager';
    case 'stopped':
      return 'left';
    case 'reset': {
      phone.reason = result.type === 1 ? LAST_OUT_OF_SERVICE.reset : LAST_OUT_OF_SERVICE.restart;
      endRegistration(phone, 'sccp-reset', `type ${result.type}`, wasRegistered, now, out);
      // It has been sent away, not lost: wherever it comes back is no failover.
      phone.cameFrom = null;
      dropStandbys(phone, now, out);
      return result.type === 1 ? 'reset' : 'restart';
    }
    case 'failed': {
      // One that was not reached has not put the phone out of service.
      if (wasRegistered || result.cause === 'rejected') phone.reason = reasonOfSccp(result.cause);
      const cause = failure?.cause ?? causeOfSccp(result.cause);
      endRegistration(phone, cause, failure?.detail ?? result.detail, wasRegistered, now, out);
      if (phone.state !== 'inService') return contactNext(phone, now, out);
      return onServiceLost(phone, result.cause === 'keepalive-timeout', now, out);
    }
    default:
      return result satisfies never;
  }
}

/** Failover: at once where a standby connection is up, else after a pause. */
function onServiceLost(phone: Phone, wasSilent: boolean, now: number, out: PhoneOutput): StepOutcome {
  const { keepAliveLoss } = registrationSettings(phone);
  phone.lostPlace = phone.callManager;
  if (wasSilent && keepAliveLoss.end === 'reset') {
    dropStandbys(phone, now, out);
    return 'reset';
  }
  const isRestless = now - phone.inServiceSince < phone.environment.settings.quickLossMs;
  return hasReserve(phone) && !isRestless ? 'nextCallManager' : 'lost';
}

/** The scenario leaves step 8 out: the phone has all it wanted. */
function endWithoutCallManager(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  emitReady(phone, '', 'none', now, out);
  return 'passed';
}
