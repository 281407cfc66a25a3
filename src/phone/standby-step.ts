/**
 * The connections of a phone in service to the CallManagers at which it is not registered. Two at most are wanted:
 *
 *   the next lower place that can be reached    the reserve for failover
 *   the highest place above that can be reached monitored: the phone asks there for a token and falls back
 *
 * Places are tried in this order; one that failed is passed over until the retry, and when a better one comes up the
 * lesser one is closed. So a phone has three connections at most. SRST is no reserve: it is contacted when all others
 * have failed.
 */
import type { MachineEvent } from '../protocols/effects.ts';
import { sampleSeconds } from '../random/distribution.ts';
import {
  createStandby,
  handOver,
  isUp,
  type OpenConnection,
  type Standby,
  type StandbyConfig,
  type StandbyNotice,
  stepStandby,
} from '../protocols/sccp/standby.ts';
import { type GroupMember, NO_PLACE, wayTo } from './call-manager-group.ts';
import type { FailureCause } from './failure-causes.ts';
import { askResolver, knownAddress, onResolverEvent, type Resolution } from './name-resolution.ts';
import { hostPortText, noteSent, type Phone, type PhoneOutput } from './phone.ts';
import { CALL_MANAGER_ENDPOINTS } from './phone-effects.ts';
import { causeOfSccp } from './registration-causes.ts';
import { registrationSettings } from './running-load.ts';
import {
  linkOn,
  onLinkVerdict,
  prepareLink,
  type SecureLink,
  takeFailure,
  type TvsVerdict,
} from './secure-link.ts';
import { throughCallManagerLink } from './server-trust.ts';

/** `connectionMonitorDuration` where the configuration has none, or -1 (CUCM's default). */
const DEFAULT_MONITOR_SECONDS = 120;

/** Opens what is missing of the connections that a phone in service wants. */
export function keepStandbys(phone: Phone, now: number, out: PhoneOutput): void {
  if (phone.state !== 'inService' || !phone.sccp || !phone.environment.settings.sccp.standby) return;
  const passedOver = [higherPlaces(phone), lowerPlaces(phone)].map((places) =>
    keepOne(phone, places, now, out),
  );
  if (!passedOver.includes(true)) return;
  const { settings } = phone.environment;
  const { index } = phone.identity;
  const wait = sampleSeconds(
    settings.sccp.standbyRetry,
    settings.seed,
    index,
    'standby-retry',
    phone.standbyRetries++,
  );
  out.effects.setTimer('standby', wait * 1000);
}

/**
 * Closes connections that were opened for the other purpose, reserve or return: the phone is registered elsewhere now.
 */
export function dropMisplaced(phone: Phone, now: number, out: PhoneOutput): void {
  for (const [place, standby] of phone.standbys.entries()) {
    if (standby === null) continue;
    const isMonitored = standby.config.monitorMs !== null;
    if (isMonitored !== place < phone.callManager) dropStandby(phone, place, now, out);
  }
}

/** The highest place that has granted a token. */
export function grantedPlace({ standbys }: Phone): number {
  return standbys.findIndex((standby) => standby?.state === 'granted');
}

/** Places that could not be reached are tried again. */
export function retryStandbys(phone: Phone, now: number, out: PhoneOutput): void {
  phone.unreachable = 0;
  keepStandbys(phone, now, out);
}

/** Takes an event for the standby connection at `place`. Returns whether a token was granted. */
export function onStandbyEvent(phone: Phone, place: number, event: MachineEvent, out: PhoneOutput): boolean {
  const endpoint = CALL_MANAGER_ENDPOINTS[place];
  const link = endpoint === undefined ? null : linkOn(phone, endpoint);
  if (endpoint === undefined || link === null) return step(phone, place, event, out);
  return stepAll(phone, place, throughCallManagerLink(phone, endpoint, link, event, out), out);
}

/** What TVS says of the server of that connection. */
export function onStandbyVerdict(
  phone: Phone,
  place: number,
  link: SecureLink,
  verdict: TvsVerdict,
  now: number,
  out: PhoneOutput,
): boolean {
  return stepAll(phone, place, onLinkVerdict(phone, link, verdict, now, out), out);
}

function stepAll(phone: Phone, place: number, events: readonly MachineEvent[], out: PhoneOutput): boolean {
  return events.reduce((granted, event) => step(phone, place, event, out) || granted, false);
}

function step(phone: Phone, place: number, event: MachineEvent, out: PhoneOutput): boolean {
  const standby = phone.standbys[place];
  const scope = out.standby[place];
  if (!standby || !scope) return false;
  const server = hostPortText(standby.config);
  stepStandby(standby, scope.own(event), scope);
  noteSent(phone, scope.takeSent(), event.now, out);
  let granted = false;
  for (const notice of scope.takeNotices()) {
    granted = onNotice(phone, place, server, notice, event.now, out) || granted;
  }
  const result = scope.takeResult();
  if (result === null) return granted;
  phone.standbys[place] = null;
  const endpoint = CALL_MANAGER_ENDPOINTS[place];
  const failure = endpoint === undefined ? null : takeFailure(phone, endpoint);
  if (result.outcome === 'failed') {
    const cause = failure?.cause ?? causeOfSccp(result.cause);
    if (result.wasUp) out.effects.emit({ type: 'standbyLost', now: event.now, server, cause });
    else out.effects.emit({ type: 'standbyFailed', now: event.now, server, cause });
    passOver(phone, place, event.now, out);
  }
  return false;
}

/** Takes an event for the resolver, which was asked for the address of a standby CallManager. */
export function onStandbyDns(phone: Phone, event: MachineEvent, out: PhoneOutput): void {
  const resolution = onResolverEvent(phone, event, out);
  if (resolution !== null) onResolution(phone, resolution, event.now, out);
  else if (!phone.dns) phone.resolving = NO_PLACE;
}

/** The connection at `place`, for a registration; null when none is up there. */
export function takeOver(phone: Phone, place: number, now: number, out: PhoneOutput): OpenConnection | null {
  const standby = phone.standbys[place];
  const scope = out.standby[place];
  if (!standby || !scope) return null;
  if (!isUp(standby)) {
    dropStandby(phone, place, now, out);
    return null;
  }
  phone.standbys[place] = null;
  emitLeft(standby, now, out);
  return handOver(standby, scope);
}

/** Ends all of them, without a word, and what was begun for others. */
export function dropStandbys(phone: Phone, now: number, out: PhoneOutput): void {
  out.effects.clearTimer('standby');
  cancelResolution(phone, now, out);
  for (const place of phone.standbys.keys()) dropStandby(phone, place, now, out);
}

/** The phone's power is gone: nobody hears of it, and there is nothing to close. */
export function reportStandbysLeft(phone: Phone, now: number, out: PhoneOutput): void {
  for (const standby of phone.standbys) if (standby !== null && isUp(standby)) emitLeft(standby, now, out);
}

/** The resolver is wanted for something more urgent. */
export function cancelResolution(phone: Phone, now: number, out: PhoneOutput): void {
  if (phone.resolving !== NO_PLACE) onStandbyDns(phone, { type: 'stop', now }, out);
}

/** Higher places from the top, lower ones from the next: SRST has all above it and is below nobody. */
function higherPlaces({ callManager }: Phone): readonly number[] {
  return PLACES.slice(0, callManager);
}

function lowerPlaces({ callManager, callManagers }: Phone): readonly number[] {
  return PLACES.slice(callManager + 1, callManagers.length).filter((place) => !callManagers[place]?.isSrst);
}

const PLACES = [0, 1, 2, 3] as const;

/** Sees to a connection at the first place that is not passed over; returns whether one was. */
function keepOne(phone: Phone, places: readonly number[], now: number, out: PhoneOutput): boolean {
  for (const [passedOver, place] of places.entries()) {
    if ((phone.unreachable & (1 << place)) !== 0) continue;
    if (!phone.standbys[place]) open(phone, place, now, out);
    return passedOver > 0;
  }
  return places.length > 0;
}

function open(phone: Phone, place: number, now: number, out: PhoneOutput): void {
  const member = phone.callManagers[place];
  if (!member) return;
  const known = knownAddress(phone, member.host);
  if (known !== null) return connect(phone, place, member, known, now, out);
  // One question at a time: the next is asked when this one is answered.
  if (phone.dns) return;
  phone.resolving = place;
  const resolution = askResolver(phone, member.host, now, out);
  if (resolution !== null) onResolution(phone, resolution, now, out);
}

function onResolution(phone: Phone, resolution: Resolution, now: number, out: PhoneOutput): void {
  const place = phone.resolving;
  const member = phone.callManagers[place];
  phone.resolving = NO_PLACE;
  if (!member || phone.state !== 'inService') return;
  if ('address' in resolution) {
    connect(phone, place, member, resolution.address, now, out);
    return keepStandbys(phone, now, out);
  }
  standbyFailed(phone, place, hostPortText(member), resolution.cause, now, out);
}

function standbyFailed(
  phone: Phone,
  place: number,
  server: string,
  cause: FailureCause,
  now: number,
  out: PhoneOutput,
): void {
  out.effects.emit({ type: 'standbyFailed', now, server, cause });
  passOver(phone, place, now, out);
}

function passOver(phone: Phone, place: number, now: number, out: PhoneOutput): void {
  phone.unreachable |= 1 << place;
  keepStandbys(phone, now, out);
}

function connect(
  phone: Phone,
  place: number,
  member: GroupMember,
  host: string,
  now: number,
  out: PhoneOutput,
): void {
  const { settings } = phone.environment;
  const { port, level } = wayTo(phone, member);
  const [endpoint, scope] = [CALL_MANAGER_ENDPOINTS[place], out.standby[place]];
  if (endpoint && scope) prepareLink(phone, endpoint, hostPortText({ host, port }), level, scope);
  const config: StandbyConfig = {
    settings: registrationSettings(phone),
    deviceName: phone.name,
    phoneIndex: phone.identity.index,
    host,
    port,
    leasedAddress: settings.sccp.advertise === 'lease' ? (phone.lease?.address ?? null) : null,
    keepAliveMs: phone.standbyKeepAliveMs,
    monitorMs: place < phone.callManager ? monitorMs(phone) : null,
  };
  phone.standbys[place] = createStandby(config);
  onStandbyEvent(phone, place, { type: 'start', now }, out);
}

function monitorMs({ config, environment }: Phone): number {
  const { connectionMonitorMs } = environment.settings.sccp;
  if (connectionMonitorMs !== null) return connectionMonitorMs;
  const named =
    config !== null && 'connectionMonitorSeconds' in config ? config.connectionMonitorSeconds : null;
  return (named === null || named < 0 ? DEFAULT_MONITOR_SECONDS : named) * 1000;
}

function onNotice(
  phone: Phone,
  place: number,
  server: string,
  notice: StandbyNotice,
  now: number,
  out: PhoneOutput,
): boolean {
  switch (notice.type) {
    case 'up':
      out.effects.emit({ type: 'standbyUp', now, server });
      dropLesser(phone, place, now, out);
      return false;
    case 'keepAliveAnswered':
      out.effects.emit({ ...notice, now });
      return false;
    case 'tokenAnswered':
      out.effects.emit({ ...notice, now, server });
      return notice.outcome === 'granted';
    default:
      return notice satisfies never;
  }
}

/** Of the connections on one side of the registration, only the best that is up is kept. */
function dropLesser(phone: Phone, place: number, now: number, out: PhoneOutput): void {
  const side = place < phone.callManager ? higherPlaces(phone) : lowerPlaces(phone);
  for (const lesser of side.slice(side.indexOf(place) + 1)) dropStandby(phone, lesser, now, out);
}

function dropStandby(phone: Phone, place: number, now: number, out: PhoneOutput): void {
  const standby = phone.standbys[place];
  if (!standby) return;
  if (isUp(standby)) emitLeft(standby, now, out);
  onStandbyEvent(phone, place, { type: 'stop', now }, out);
}

function emitLeft(standby: Standby, now: number, out: PhoneOutput): void {
  out.effects.emit({ type: 'standbyLeft', now, server: hostPortText(standby.config) });
}
