/**
 * The CallManagers that a phone knows, in order of priority: those of its configuration (three at most; the scenario
 * may name others instead) and the SRST reference, a router that stands in when none of them answers.
 */
import { isSound, isUp, type Standby } from '../protocols/sccp/standby.ts';
import {
  type CallManagerMember,
  SCCP_PORT,
  SECURED_SCCP_PORT,
} from '../protocols/device-config/device-config.ts';
import type { SecurityLevel } from './boot-event.ts';
import type { HostPort } from './boot-settings.ts';
import type { Phone } from './phone.ts';
import { CALL_MANAGER_ENDPOINTS } from './phone-effects.ts';

/** One place in the group. Its index is the phone's endpoint for it. */
export interface GroupMember extends HostPort {
  /** Where it takes TLS; null: a reference that is not reached that way. */
  readonly securedPort: number | null;
  readonly isSrst: boolean;
}

/** The last place belongs to the SRST reference. */
const MOST_CALL_MANAGERS = CALL_MANAGER_ENDPOINTS.length - 1;

/** The group of the phone's configuration: one object for all phones that have the same. */
export function groupOf({ config, environment }: Phone): readonly GroupMember[] {
  const { settings, groups } = environment;
  const key = config ?? settings;
  let group = groups.get(key);
  if (group === undefined) {
    const callManagers =
      settings.callManagers?.map(withSecuredPort) ?? (config?.callManagers ?? []).map(member);
    const srst = config !== null && 'srst' in config ? config.srst : null;
    group = [
      ...callManagers.slice(0, MOST_CALL_MANAGERS).map((server) => ({ ...server, isSrst: false })),
      ...(srst?.servers ?? []).slice(0, 1).map((server) => ({
        ...(srst?.isSecure === true ? withSecuredPort(server) : { ...server, securedPort: null }),
        isSrst: true,
      })),
    ];
    groups.set(key, group);
  }
  return group;
}

function member({ host, sccpPort, securedSccpPort }: CallManagerMember): Omit<GroupMember, 'isSrst'> {
  return { host, port: sccpPort, securedPort: securedSccpPort };
}

/** The scenario, and an SRST reference (of which it is inference), name one port: for both kinds of connection, unless it is the usual one for clear ones. */
function withSecuredPort({ host, port }: HostPort): Omit<GroupMember, 'isSrst'> {
  return { host, port, securedPort: port === SCCP_PORT ? SECURED_SCCP_PORT : port };
}

/** How and where the phone connects to a member. */
export function wayTo({ security }: Phone, { port, securedPort }: GroupMember): SecuredWay {
  return security === 'none' || securedPort === null
    ? { port, level: 'none' }
    : { port: securedPort, level: security };
}

export interface SecuredWay {
  readonly port: number;
  readonly level: SecurityLevel;
}

/** Nowhere: the group has no such place. */
export const NO_PLACE = -1;

/**
 * Where a phone without registration goes next, among the places that it has not tried since: to the place that has
 * granted a token; over a standby connection that is up, the highest first and silent ones last; to the others by
 * priority, the one that it was lost at after them; to SRST.
 */
export function nextPlace(phone: Phone): number {
  const { standbys, fallbackTo } = phone;
  const untried = (place: number) => (phone.tried & (1 << place)) === 0;
  const first = (fits: (standby: Standby) => boolean) =>
    standbys.findIndex((standby, place) => standby !== null && fits(standby) && untried(place));
  if (fallbackTo !== NO_PLACE && untried(fallbackTo) && isStandbyUp(phone, fallbackTo)) return fallbackTo;
  const sound = first(isSound);
  if (sound !== NO_PLACE) return sound;
  const up = first(isUp);
  if (up !== NO_PLACE) return up;
  const { callManagers, lostPlace } = phone;
  const other = callManagers.findIndex(
    ({ isSrst }, place) => !isSrst && place !== lostPlace && untried(place),
  );
  if (other !== NO_PLACE) return other;
  if (callManagers[lostPlace]?.isSrst === false && untried(lostPlace)) return lostPlace;
  return callManagers.findIndex(({ isSrst }, place) => isSrst && untried(place));
}

/** Whether the phone can go on at once: a standby connection is up. */
export function hasReserve({ standbys }: Phone): boolean {
  return standbys.some((standby) => standby !== null && isUp(standby));
}

function isStandbyUp({ standbys }: Phone, place: number): boolean {
  const standby = standbys[place];
  return standby !== null && standby !== undefined && isUp(standby);
}
