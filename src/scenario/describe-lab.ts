import { formatDuration } from './duration.ts';
import type { LabEvent, ResetPace } from './lab-events.ts';
import type { LabFault } from './lab-faults.ts';
import type { LabSettings } from './lab-settings.ts';

/** What the lab is to do out of the ordinary, one line each. */
export function onDemand({ faults, events }: LabSettings): string[] {
  return [...faults.map(faultLine), ...events.map(eventLine)];
}

/** What times are counted from, for people. */
const ORIGIN_NAMES = { lab: '', start: ' of the run', hold: ' of the hold' } as const;

function faultLine(fault: LabFault): string {
  const { on, kind, probability, match, node, from: origin, fromSeconds, toSeconds } = fault;
  const who = node === undefined ? '' : ` on node ${node}`;
  const where = match === undefined ? '' : ` with "${match}"`;
  const always = origin === 'lab' && fromSeconds === 0 && toSeconds === undefined;
  const from = always ? '' : `, from ${fromSeconds} s`;
  const to = toSeconds === undefined ? '' : ` to ${toSeconds} s`;
  return `fault: ${on} ${kind}${who}, ${probability * 100} % of requests${where}${from}${to}${ORIGIN_NAMES[origin]}`;
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
    default:
      return `CallManager ${node}`;
  }
}
