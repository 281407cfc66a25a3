/* What a phone reports of its registration, and remembers of it. */
import type { SecurityLevel } from './boot-event.ts';
import type { FailureCause } from './failure-causes.ts';
import { beginStage, failStage, type Phone, type PhoneOutput, passStage } from './phone.ts';
import { CALL_MANAGER_ENDPOINTS } from './phone-effects.ts';
import { linkOn, type SecureLink } from './secure-link.ts';

export function onRegistered(phone: Phone, now: number, out: PhoneOutput): void {
  const { cameFrom, server } = phone;
  phone.registered = true;
  passStage(phone, server, now, out);
  out.effects.emit({ type: 'registered', now, server });
  phone.cameFrom = null;
  if (cameFrom !== null && cameFrom.server !== server) {
    if (cameFrom.lost) out.effects.emit({ type: 'failedOver', now, from: cameFrom.server, to: server });
    else if (phone.callManager < cameFrom.place)
      out.effects.emit({ type: 'fellBack', now, from: cameFrom.server, to: server });
  }
  beginStage(phone, 'ready', now, out);
}

export function onReady(phone: Phone, now: number, out: PhoneOutput): void {
  passStage(phone, phone.server, now, out);
  phone.lastFailure = null;
  emitReady(phone, phone.server, levelOf(phone), now, out);
}

/** Reports the end of a connection: as a failed stage while the phone was coming up, as lost service after. */
export function endRegistration(
  phone: Phone,
  cause: FailureCause,
  detail: string | undefined,
  wasRegistered: boolean,
  now: number,
  out: PhoneOutput,
): void {
  const { server } = phone;
  const wasReady = phone.state === 'inService';
  const stage = phone.stage ?? 'ready';
  failStage(phone, cause, server, detail, now, out);
  if (!wasRegistered) return;
  const failure = { stage, cause, server, ...(detail ? { detail } : {}) };
  phone.lastFailure = failure;
  phone.cameFrom = { server, place: phone.callManager, lost: true };
  out.effects.emit({ type: 'serviceLost', now, failure, wasReady });
}

/** How the connection that the phone is registered over is protected. */
function levelOf(phone: Phone): SecurityLevel {
  const endpoint = CALL_MANAGER_ENDPOINTS[phone.callManager];
  return endpoint === undefined ? 'none' : (linkOn(phone, endpoint)?.level ?? 'none');
}

export function emitReady(
  phone: Phone,
  server: string,
  security: SecurityLevel,
  now: number,
  out: PhoneOutput,
): void {
  const { intendedAt, firstPacketAt, pausedMs } = phone;
  out.effects.emit({ type: 'ready', now, server, intendedAt, firstPacketAt, pausedMs, security });
}

/** The stages of a connection that is secured: each as long as the network takes for it. */
export function reportLink(
  phone: Phone,
  link: SecureLink,
  before: SecureLink['phase'],
  now: number,
  out: PhoneOutput,
): void {
  const { phase } = link;
  if (before === 'connecting' && phase === 'handshake') {
    passStage(phone, link.server, now, out);
    beginStage(phone, 'handshake', now, out);
  } else if (phase !== before && (phase === 'computing' || phase === 'open') && before !== 'computing') {
    passStage(phone, link.server, now, out);
  } else if (before === 'computing' && phase === 'ended') {
    beginStage(phone, 'handshake', now, out);
  }
}
