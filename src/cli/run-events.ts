import type { LoggedEntry, RunLogEntry } from '../coordinator/run-log.ts';
import type { RunMark } from '../metrics/run-progress.ts';
import { warpSinceStart } from '../ramp/ramp-store.ts';
import type { RunSummary } from '../report/summary-schema.ts';
import { wallMsAt } from '../schedule/warp.ts';

/**
 * What a run log tells of things that happened to the phones from outside, in the order of time: a steer when it took
 * effect. The lab's own events are the lab's.
 */
export function runEvents(entries: readonly LoggedEntry[]): RunSummary['events'] {
  return entries
    .flatMap(({ second, entry }) => {
      const what = textOf(entry);
      const at = entry.type === 'steered' ? entry.fromSecond : second;
      return what === null || at === null ? [] : [{ second: Math.max(0, at), what }];
    })
    .sort((a, b) => a.second - b.second);
}

/** When the schedule has come to a second of its own, in seconds of the run. */
export function runSecondOf(steers: readonly RunSteer[]): (scheduleSeconds: number) => number {
  const warp = warpSinceStart(
    0,
    steers.map(({ fromSecond, slope }) => ({ fromMs: fromSecond * 1000, slope })),
  );
  return (scheduleSeconds) => wallMsAt(warp, scheduleSeconds * 1000) / 1000;
}

/** From a second of the run on, schedule time passes at a slope. */
export interface RunSteer {
  readonly fromSecond: number;
  readonly slope: number;
}

export function steersOf(entries: readonly LoggedEntry[]): RunSteer[] {
  return entries.flatMap(({ entry }) => (entry.type === 'steered' ? [entry] : []));
}

/** What a time axis shows of a run log, in the order of time. */
export function runMarks(entries: readonly LoggedEntry[]): RunMark[] {
  return entries
    .flatMap(({ utc, second, entry }): RunMark[] => {
      const type = markOf(entry);
      if (type === null) return [];
      const ahead = entry.type === 'steered' && second !== null ? entry.fromSecond - second : 0;
      const at =
        entry.type === 'armed' ? entry.startUtc : new Date(Date.parse(utc) + ahead * 1000).toISOString();
      const atSecond = entry.type === 'armed' ? 0 : second === null ? null : second + ahead;
      return [{ type, utc: at, second: atSecond, what: textOf(entry) ?? stepOf(entry) }];
    })
    .sort((a, b) => Date.parse(a.utc) - Date.parse(b.utc));
}

function markOf({ type }: RunLogEntry): RunMark['type'] | null {
  switch (type) {
    case 'armed':
      return 'start';
    case 'steered':
      return 'steer';
    case 'holding':
      return 'hold';
    case 'ended':
      return 'end';
    case 'wave':
    case 'powerCut':
    case 'agentLost':
    case 'labEvent':
    case 'stopping':
      return type;
    case 'prepared':
    case 'ledgerClosed':
    case 'agentFenced':
    case 'agentDrained':
    case 'redisLost':
    case 'redisBack':
    case 'attached':
    case 'labFailed':
    case 'thresholdMissed':
      return null;
    default:
      return type satisfies never;
  }
}

/** The whole run log in words. */
export function runLogLines(entries: readonly LoggedEntry[]): RunSummary['runLog'] {
  return entries.map(({ utc, second, entry }) => ({ utc, second, what: textOf(entry) ?? stepOf(entry) }));
}

/** What the run itself did; everything else has its text as an event. */
function stepOf(entry: RunLogEntry): string {
  switch (entry.type) {
    case 'prepared':
      return `prepared: ${entry.phones} phones in ${entry.shards} shards on ${entry.agents} agents`;
    case 'armed':
      return `armed for ${entry.startUtc}`;
    case 'holding':
      return `all phones had their power; holding for ${entry.seconds} s`;
    case 'stopping':
      return `stopping: ${entry.reason}`;
    case 'labEvent':
      return `lab: ${entry.what}`;
    case 'ledgerClosed':
      return 'ledger closed';
    default:
      return entry.type;
  }
}

function textOf(entry: RunLogEntry): string | null {
  switch (entry.type) {
    case 'agentLost':
      return `${entry.phones} phones lost with ${entry.agent}${entry.restarted ? ', begun anew' : ''}`;
    case 'agentFenced':
      return `${entry.agent} was back too late and has closed its connections`;
    case 'agentDrained':
      return `${entry.agent} was told to end`;
    case 'steered':
      return `schedule ${paceText(entry.slope)}`;
    case 'redisLost':
      return `Redis does not answer: ${entry.message}`;
    case 'redisBack':
      return `Redis is back after ${entry.seconds.toFixed(1)} s${entry.restored ? ', without its data' : ''}`;
    case 'attached':
      return 'another coordinator took over';
    case 'labFailed':
      return entry.message;
    case 'thresholdMissed':
      return `ended for a threshold: ${entry.threshold} (found ${entry.found})`;
    case 'powerCut':
      return `${entry.name}: ${entry.phones} phones lose power`;
    case 'wave':
      return `${entry.name}: ${entry.phones} phones get power`;
    case 'prepared':
    case 'armed':
    case 'holding':
    case 'stopping':
    case 'ledgerClosed':
    case 'labEvent':
    case 'ended':
      return null;
    default:
      return entry satisfies never;
  }
}

/** What happened to agents, by name: of each the latest. */
export function agentTroubles(entries: readonly LoggedEntry[]): Map<string, string> {
  const troubles = new Map<string, string>();
  for (const { entry } of entries) {
    if (entry.type === 'agentLost') troubles.set(entry.agent, entry.message);
    if (entry.type === 'agentDrained') troubles.set(entry.agent, 'was told to end');
    if (entry.type === 'agentFenced') {
      const slept =
        entry.sleptSeconds === null ? '' : `was asleep for ${entry.sleptSeconds.toFixed(1)} s and `;
      troubles.set(entry.agent, `${slept}has closed its connections`);
    }
  }
  return troubles;
}

/** What holds now and is out of the ordinary: a Redis that does not answer, a schedule that is not at real time. */
export function presentTroubles(entries: readonly LoggedEntry[], second: number): string[] {
  let redis: string | null = null;
  for (const logged of entries) {
    if (logged.entry.type === 'redisLost') {
      const since = logged.second === null ? '' : ` for ${Math.max(0, second - logged.second).toFixed(0)} s`;
      redis = `Redis does not answer${since}`;
    }
    if (logged.entry.type === 'redisBack') redis = null;
  }
  const slope = slopeAt(entries, second);
  return [...(redis === null ? [] : [redis]), ...(slope === 1 ? [] : [`schedule ${paceText(slope)}`])];
}

/** At which schedule time passes. */
export function slopeAt(entries: readonly LoggedEntry[], second: number): number {
  let slope = 1;
  for (const { entry } of entries) {
    if (entry.type === 'steered' && entry.fromSecond <= second) slope = entry.slope;
  }
  return slope;
}

function paceText(slope: number): string {
  if (slope === 0) return 'paused';
  return slope === 1 ? 'at real time' : `at ${slope} times real time`;
}

/** The thresholds for which a run was ended, and when. */
export function endedBy(entries: readonly LoggedEntry[]): Map<string, number> {
  return new Map(
    entries.flatMap(({ second, entry }) =>
      entry.type === 'thresholdMissed' ? [[entry.threshold, second ?? 0] as const] : [],
    ),
  );
}
