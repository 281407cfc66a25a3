import { formatDuration } from './duration.ts';
import type { LabEvent, ResetPace } from './lab-events.ts';
import type { LabFault } from './lab-faults.ts';
import type { LabSettings } from './lab-settings.ts';

/** What the lab is to do out of the ordinary, one line each. */
export function onDemand({ faults, events }: LabSettings): string[] {
  return [...faults.map(faultLine), ...events.map(eventLine)];
}

/** Which phones the lab's database holds; nothing where it holds all. */
export function databaseText({ knownPhones, autoRegistration }: LabSettings): string[] {
  if (knownPhones.type === 'all') return [];
  const others = autoRegistration ? 'register by themselves' : 'are rejected: auto-registration is off';
  return [`the embedded lab knows ${knownText(knownPhones)}; the others ${others}`];
}

function knownText(known: Exclude<LabSettings['knownPhones'], { type: 'all' }>): string {
  switch (known.type) {
    case 'first':
      return known.count === 0 ? 'none of them' : `the first ${known.count.toLocaleString('en')}`;
    case 'share':
      return `${Number((known.share * 100).toPrecision(6))} % of them`;
    case 'list':
      return `${known.macs.length.toLocaleString('en')} of them by MAC address`;
    default:
      return known satisfies never;
  }
}

/** What times are counted from, for people. */
const ORIGIN_NAMES = { lab: '', start: ' of the run', hold: ' of the hold' } as const;

function faultLine(fault: LabFault): string {
  const { from: origin, fromSeconds, toSeconds } = fault;
  const always = origin === 'lab' && fromSeconds === 0 && toSeconds === undefined;
  const from = always ? '' : `, from ${fromSeconds} s`;
  const to = toSeconds === undefined ? '' : ` to ${toSeconds} s`;
  return `fault: ${describeFault(fault)}${from}${to}${ORIGIN_NAMES[origin]}`;
}

/** `tftp silence, 100 % of requests`, `sccp reject on node 2, 25 % of requests with "SEP02"`. */
export function describeFault({ on, kind, probability, match, node, alert }: LabFault): string {
  const what = kind === 'tls-alert' ? `${kind} ${alert}` : kind;
  const who = node === undefined ? '' : ` on node ${node}`;
  const where = match === undefined ? '' : ` with "${match}"`;
  return `${on} ${what}${who}, ${Number((probability * 100).toPrecision(6))} % of requests${where}`;
}

function eventLine(event: LabEvent): string {
  return `event: ${describeEvent(event)}, ${eventTime(event)}`;
}

function eventTime({ at, from }: LabEvent): string {
  return `at ${formatDuration(at)}${ORIGIN_NAMES[from]}`;
}

/**
 * Events whose time had not come when the run ended, as a warning: what they were to show has not been tested.
 *
 * @param holdSecond when the hold began, seconds since the run's start; null: it never did
 */
export function missedEventWarnings(
  events: readonly LabEvent[],
  holdSecond: number | null,
  endSecond: number,
): readonly string[] {
  const missed = events.filter(({ from, at }) => {
    const origin = from === 'start' ? 0 : holdSecond;
    return origin === null || origin + at >= endSecond;
  });
  if (missed.length === 0) return [];
  const named = missed.map((event) => `${describeEvent(event)}, ${eventTime(event)}`);
  return [`the run ended before these events of the lab: ${named.join('; ')}`];
}

/** `CallManager 1 killed`, `Reset (2, restart) to the phones of all CallManagers, 50 a second`. */
export function describeEvent({ do: deed, node, resetType, perSecond }: LabEvent): string {
  const who = nodeName(node);
  if (deed !== 'reset') return `${who} ${deed === 'kill' ? 'killed' : 'restarted'}`;
  const type = { 1: 'reset', 2: 'restart', 3: 'apply config' }[resetType];
  const pace = perSecond === undefined ? 'all at once' : `${formatPace(perSecond)} a second`;
  return `Reset (${resetType}, ${type}) to the phones of ${who}, ${pace}`;
}

function formatPace(pace: ResetPace): string {
  return typeof pace === 'number' ? String(pace) : `${Number((pace.share * 100).toPrecision(6))} %`;
}

function nodeName(node: LabEvent['node']): string {
  switch (node) {
    case 'all':
      return 'all CallManagers';
    case 'srst':
      return 'SRST router';
    case 'tftp':
      return 'TFTP server';
    case 'network':
      return 'DHCP and DNS server';
    case 'security':
      return 'CAPF and TVS';
    default:
      return `CallManager ${node}`;
  }
}
