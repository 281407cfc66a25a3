import { formatDuration } from '../scenario/duration.ts';
import { formatCount, formatSeconds } from './figures.ts';
import type { RunSummary } from './summary-schema.ts';

/**
 * The times that answer the question: those of the last return of power, where there were several. Phones of a lost agent
 * that began anew are no such return: the building waits for them since the power that it had.
 */
export interface AnsweringTimes {
  readonly times: Times & Pick<RunSummary['recovery']['network'], 't100Seconds'>;
  /** What they count from. */
  readonly origin: string;
  /** When that was, in seconds of the run. */
  readonly startedSecond: number;
}

export function answeringTimes({ waves, fromPower }: RunSummary['recovery']): AnsweringTimes {
  const last = answeringWave(waves);
  return last !== undefined
    ? { times: last, origin: last.name, startedSecond: last.startedSecond ?? last.startSeconds }
    : { times: fromPower, origin: 'power returned', startedSecond: 0 };
}

/** The last wave, where power returned more than once. */
function answeringWave(waves: Waves): Waves[number] | undefined {
  const powers = waves.filter(({ isRestart }) => !isRestart);
  return powers.length > 1 ? waves.findLast((wave) => wave.phones > 0) : undefined;
}

/** When the building is back: the one question that comes first. The first line is the answer, the others qualify it. */
export function answerOf({ phones, recovery, timing, verdict }: RunSummary): [string, ...string[]] {
  const { waves, dips } = recovery;
  const last = answeringWave(waves);
  const { times, origin } = answeringTimes(recovery);
  const asked = `${formatCount(phones.asked)} phone${phones.asked === 1 ? '' : 's'}`;
  const compressed = timing.compression === 1 ? '' : ' (compressed)';
  const trust = verdict.result === 'invalid' ? ' (INVALID: the generator was the bottleneck)' : '';
  const isBack = phones.ready === phones.asked && times.t100Seconds !== null;
  const later = [
    ...waves.filter(({ isRestart, phones: begun }) => isRestart && begun > 0).map(restartText),
    ...dips.filter(({ fromSecond }) => fromSecond >= (last?.startedSecond ?? 0)).map(laterText),
  ];
  if (isBack) {
    const all =
      last !== undefined && last.phones < phones.asked ? `its ${formatCount(last.phones)}` : `all ${asked}`;
    const head = `${formatSeconds(times.t100Seconds)} after ${origin}${compressed}: ${all} in service${trust}`;
    return [`Back ${head}`, ...later];
  }
  const missing = waves.filter((wave) => wave.phones === 0).map(({ name }) => `${name} never came`);
  const head = `Not back: ${formatCount(phones.ready)} of ${asked} in service at the end of the hold${trust}`;
  return [head, ...reachedText(times, origin, compressed), ...later, ...missing];
}

type Waves = RunSummary['recovery']['waves'];
type Times = Pick<RunSummary['recovery']['network'], 't50Seconds' | 't90Seconds' | 't99Seconds'>;

/** The largest share that had been in service, and when. */
function reachedText({ t50Seconds, t90Seconds, t99Seconds }: Times, origin: string, note: string): string[] {
  const shares = [
    [99, t99Seconds],
    [90, t90Seconds],
    [50, t50Seconds],
  ] as const;
  const [best] = shares.filter(([, seconds]) => seconds !== null);
  if (best === undefined) return [];
  return [`${best[0]} % had been in service ${formatSeconds(best[1])} after ${origin}${note}`];
}

function restartText({ name, startSeconds, phones, t100Seconds }: Waves[number]): string {
  const begun = `${name}: ${formatCount(phones)} phones began anew at ${formatDuration(startSeconds)} of the schedule`;
  return t100Seconds === null
    ? `${begun}, and not all of them came into service`
    : `${begun}, and were in service ${formatSeconds(t100Seconds)} later`;
}

/** Service that was lost again, after the last return of power. */
function laterText({
  fromSecond,
  before,
  lowest,
  backSecond,
}: RunSummary['recovery']['dips'][number]): string {
  const fall = `service fell again at ${formatDuration(fromSecond)}, from ${formatCount(before)} phones to ${formatCount(lowest)}`;
  return backSecond === null
    ? `${fall}, and did not come back`
    : `${fall}, and was back ${formatDuration(backSecond - fromSecond)} later`;
}

/** `from 15 s`, in schedule time, which is the run's unless it was steered. */
export function waveStart({ startSeconds, startedSecond }: Waves[number]): string {
  const planned = `from ${formatDuration(startSeconds)}`;
  if (startedSecond === null) return `${planned} of the schedule: not reached`;
  const isSteered = Math.abs(startedSecond - startSeconds) >= 0.001;
  return isSteered ? `${planned} of the schedule, ${formatDuration(startedSecond)} of the run` : planned;
}
