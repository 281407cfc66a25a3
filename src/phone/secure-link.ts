/**
 * A secured connection, seen between its endpoint and the protocol that uses it: TLS is over before the protocol hears
 * that it is connected, and none of the protocols knows of it.
 *
 *   phase       event                               next        what is done
 *   ----------  ----------------------------------  ----------  -----------------------------------------------------
 *   connecting  connected (TCP)                     handshake   the handshake's timer begins
 *               closed, timer, stop                 -           passed on: no connection yet
 *   handshake   secured, server in the trust list   computing   with a modelled time of the phone's own processor
 *                                                   open        without one: `connected` is passed on
 *               secured, server not in it           verifying   a CallManager: TVS is asked
 *                                                   ended       CAPF, TVS: `closed` is passed on, untrusted
 *               handshake timer                     ended       the same, tls-timeout
 *               closed                              ended       passed on, with its cause in `failure`
 *   verifying   TVS vouches for the server          as secured  as if it were in the trust list
 *               TVS does not, or is not there       ended       `closed` is passed on, untrusted
 *               closed                              ended       passed on
 *   computing   its timer                           open        `connected` is passed on
 *               closed                              ended       passed on
 *   open        anything                            open        passed on
 *   any         stop                                ended       passed on
 *   handshake, verifying, computing: a timer of the protocol, which waits for a connection that is on its way, is held
 *   back, and so are bytes of the server until the protocol is told of the connection.
 *
 * "The trust list and nothing else" decides about a server: its certificate must stand there with a role that fits, or
 * TVS must vouch for it; names and dates are not looked at (usecallmanager.nz, "Trust verification").
 */
import type { MachineEvent } from '../protocols/effects.ts';
import { sampleSeconds } from '../random/distribution.ts';
import { TRUST_ROLES } from '../protocols/trust/trust-record.ts';
import type { SecurityLevel } from './boot-event.ts';
import { tlsProfileOf } from './boot-settings.ts';
import type { ChildScope } from './child-scope.ts';
import type { Phone, PhoneOutput } from './phone.ts';
import { CALL_MANAGER_ENDPOINTS, type CallManagerEndpoint } from './phone-effects.ts';
import { CALL_MANAGER_ROLES } from './security-decision.ts';
import { causeOfSecureClose, type SecureFailure } from './tls-causes.ts';

/** The endpoints that can be secured. */
export type SecuredEndpoint = CallManagerEndpoint | 'tvs' | 'capf';

type Connected = Extract<MachineEvent, { type: 'connected' }>;
type Secured = Extract<MachineEvent, { type: 'secured' }>;

/** One secured connection of a phone. */
export interface SecureLink {
  readonly endpoint: SecuredEndpoint;
  /** `address:port`. */
  readonly server: string;
  readonly level: Exclude<SecurityLevel, 'none'>;
  phase: 'connecting' | 'handshake' | 'verifying' | 'computing' | 'open' | 'ended';
  /** What the protocol is to be told; from TCP's end on. */
  connected: Connected | null;
  handshakeAt: number;
  secured: Pick<Secured, 'version' | 'suite' | 'resumed'> | null;
  /** Bytes that came before the protocol was told. */
  early: Uint8Array[];
  /** The certificate that TVS is to be asked about, while `verifying`. */
  stranger: Uint8Array | null;
  failure: SecureFailure | null;
}

/** What TVS says of a certificate; `roles` as in a trust list. */
export type TvsVerdict =
  | { readonly outcome: 'valid'; readonly roles: readonly number[] }
  | { readonly outcome: 'invalid' | 'unreachable' };

export type SecureLinks = { [Endpoint in SecuredEndpoint]?: SecureLink | null };

const ROLES = {
  tvs: [TRUST_ROLES.tvs],
  capf: [TRUST_ROLES.capf],
  srst: [TRUST_ROLES.srst],
} as const;

function rolesFor({ callManagers }: Phone, endpoint: SecuredEndpoint): readonly number[] {
  if (endpoint === 'tvs' || endpoint === 'capf') return ROLES[endpoint];
  const member = callManagers[CALL_MANAGER_ENDPOINTS.indexOf(endpoint)];
  return member?.isSrst === true ? ROLES.srst : CALL_MANAGER_ROLES;
}

/** The next connection of the machine on `endpoint` will be secured in this way; `none`: in clear. */
export function prepareLink(
  phone: Phone,
  endpoint: SecuredEndpoint,
  server: string,
  level: SecurityLevel,
  scope: Pick<ChildScope<never, never, never>, 'secure'>,
): void {
  if (level === 'none') {
    scope.secure(null);
    forget(phone, endpoint);
    return;
  }
  const { settings } = phone.environment;
  scope.secure({
    profile: tlsProfileOf(settings.security, phone.identity.model, level),
    // TVS asks for none, and CAPF may be about to give the first one.
    credential: endpoint === 'tvs' || endpoint === 'capf' ? null : (phone.flash.lsc ?? phone.mic),
    resume: settings.security.resumption === 'after-restart',
  });
  phone.links ??= {};
  phone.links[endpoint] = {
    endpoint,
    server,
    level,
    phase: 'connecting',
    connected: null,
    handshakeAt: -1,
    secured: null,
    early: [],
    stranger: null,
    failure: null,
  };
}

/** The secured connection on an endpoint; null where there is none, or it is in clear. */
export function linkOn(phone: Phone, endpoint: SecuredEndpoint): SecureLink | null {
  return phone.links?.[endpoint] ?? null;
}

/** Why the secured connection on an endpoint ended, if TLS has to do with it. The link is forgotten. */
export function takeFailure(phone: Phone, endpoint: SecuredEndpoint): SecureFailure | null {
  const link = linkOn(phone, endpoint);
  forget(phone, endpoint);
  return link?.failure ?? null;
}

/** Ends what the layer has under way on an endpoint; the connection itself is its owner's to close. */
export function dropLink(phone: Phone, endpoint: SecuredEndpoint, out: PhoneOutput): void {
  const link = linkOn(phone, endpoint);
  if (link === null) return;
  end(link, out);
  forget(phone, endpoint);
}

function forget(phone: Phone, endpoint: SecuredEndpoint): void {
  if (phone.links) phone.links[endpoint] = null;
}

/** Takes an event for a secured endpoint; what the protocol on it is to be told, in order. */
export function throughLink(
  phone: Phone,
  link: SecureLink,
  event: MachineEvent,
  out: PhoneOutput,
): readonly MachineEvent[] {
  if (event.type === 'closed') return onClosed(link, event, out);
  if (event.type === 'stop') {
    end(link, out);
    return [event];
  }
  switch (link.phase) {
    case 'connecting':
      return onConnecting(phone, link, event, out);
    case 'handshake':
    case 'verifying':
    case 'computing':
      return onSecuring(phone, link, event, out);
    case 'open':
    case 'ended':
      return [event];
    default:
      return link.phase satisfies never;
  }
}

function onConnecting(
  phone: Phone,
  link: SecureLink,
  event: MachineEvent,
  out: PhoneOutput,
): readonly MachineEvent[] {
  if (event.type !== 'connected') return [event];
  link.phase = 'handshake';
  link.connected = event;
  link.handshakeAt = event.now;
  const { handshakeTimeoutMs } = phone.environment.settings.security;
  out.effects.setTimer(`${link.endpoint}.${HANDSHAKE}`, handshakeTimeoutMs);
  return NONE;
}

function onSecuring(
  phone: Phone,
  link: SecureLink,
  event: MachineEvent,
  out: PhoneOutput,
): readonly MachineEvent[] {
  switch (event.type) {
    case 'secured':
      return link.phase === 'handshake' ? onSecured(phone, link, event, out) : NONE;
    case 'data':
      keepEarly(link, event.bytes);
      return NONE;
    case 'timer':
      if (event.timer === HANDSHAKE && link.phase === 'handshake') {
        return reject(link, { cause: 'tls-timeout', detail: undefined }, event.now, out);
      }
      return event.timer === COMPUTING && link.phase === 'computing' ? open(link, event.now) : NONE;
    default:
      return NONE;
  }
}

/** More than this before the phone has said a word is no server of ours: the rest is lost, and its protocol will see. */
const MOST_EARLY_CHUNKS = 16;

function keepEarly({ early }: SecureLink, bytes: Uint8Array): void {
  if (early.length < MOST_EARLY_CHUNKS) early.push(Uint8Array.from(bytes));
}

function onSecured(
  phone: Phone,
  link: SecureLink,
  { version, suite, resumed, peerCertificate, now }: Secured,
  out: PhoneOutput,
): readonly MachineEvent[] {
  out.effects.clearTimer(`${link.endpoint}.${HANDSHAKE}`);
  link.secured = { version, suite, resumed };
  const { environment, flash } = phone;
  const roles = environment.trust.rolesOf(flash.trust, peerCertificate);
  if (rolesFor(phone, link.endpoint).some((role) => roles.has(role))) return admit(phone, link, now, out);
  if (link.endpoint === 'tvs' || link.endpoint === 'capf' || peerCertificate === null) {
    return reject(link, UNTRUSTED, now, out);
  }
  link.phase = 'verifying';
  link.stranger = peerCertificate;
  return NONE;
}

const UNTRUSTED: SecureFailure = { cause: 'tls-server-untrusted', detail: undefined };

/** What TVS says of the server's certificate. That an answer without roles is good for any is inference. */
export function onLinkVerdict(
  phone: Phone,
  link: SecureLink,
  verdict: TvsVerdict,
  now: number,
  out: PhoneOutput,
): readonly MachineEvent[] {
  if (link.phase !== 'verifying') return NONE;
  const { outcome } = verdict;
  if (outcome !== 'valid') {
    return reject(link, { cause: 'tls-server-untrusted', detail: `TVS: ${outcome}` }, now, out);
  }
  const wanted = rolesFor(phone, link.endpoint);
  const fits = verdict.roles.length === 0 || verdict.roles.some((role) => wanted.includes(role));
  return fits ? admit(phone, link, now, out) : reject(link, UNTRUSTED, now, out);
}

/** The handshake is complete and the server the right one. */
function admit(phone: Phone, link: SecureLink, now: number, out: PhoneOutput): readonly MachineEvent[] {
  const { endpoint, secured, server, handshakeAt } = link;
  if (endpoint === 'tvs' || endpoint === 'capf' || secured === null) return open(link, now);
  out.effects.emit({ type: 'secured', now, startedAt: handshakeAt, server, ...secured });
  const waitMs = computingMs(phone);
  if (waitMs === 0) return open(link, now);
  link.phase = 'computing';
  if (phone.firstPacketAt >= 0 && !phone.registered) phone.pausedMs += waitMs;
  out.effects.setTimer(`${endpoint}.${COMPUTING}`, waitMs);
  return NONE;
}

function computingMs(phone: Phone): number {
  const { security, timing, seed } = phone.environment.settings;
  const seconds = sampleSeconds(
    security.handshakeTime,
    seed,
    phone.identity.index,
    'handshake-time',
    phone.handshakes++,
  );
  return (seconds * 1000) / timing.compression;
}

function open(link: SecureLink, now: number): readonly MachineEvent[] {
  const { connected, early } = link;
  link.phase = 'open';
  link.early = [];
  if (connected === null) return NONE;
  return [{ ...connected, now }, ...early.map((bytes): MachineEvent => ({ type: 'data', bytes, now }))];
}

function reject(
  link: SecureLink,
  failure: SecureFailure,
  now: number,
  out: PhoneOutput,
): readonly MachineEvent[] {
  end(link, out);
  link.failure = failure;
  out.effects.close(link.endpoint);
  return [{ type: 'closed', cause: failure.cause === 'tls-timeout' ? 'timeout' : 'tls-failed', now }];
}

function onClosed(
  link: SecureLink,
  event: Extract<MachineEvent, { type: 'closed' }>,
  out: PhoneOutput,
): readonly MachineEvent[] {
  if (link.phase !== 'connecting') link.failure = causeOfSecureClose(event, link.phase === 'handshake');
  end(link, out);
  return [event];
}

function end(link: SecureLink, out: PhoneOutput): void {
  const { endpoint } = link;
  out.effects.clearTimer(`${endpoint}.${HANDSHAKE}`);
  out.effects.clearTimer(`${endpoint}.${COMPUTING}`);
  link.phase = 'ended';
  link.early = [];
  link.stranger = null;
}

const HANDSHAKE = 'handshake';
const COMPUTING = 'computing';

const NONE: readonly MachineEvent[] = [];
