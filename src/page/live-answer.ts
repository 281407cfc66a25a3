/** When the building is back, as far as it can be said while the run lasts. */
import { answeringTimes, answerOf } from '../report/answer.ts';
import { formatCount, formatSeconds, formatShare } from '../report/figures.ts';
import { formatDuration } from '../scenario/duration.ts';
import type { PageMoment } from './page-moment.ts';

export interface LiveAnswer {
  readonly headline: string;
  /** What qualifies it. */
  readonly details: readonly string[];
  /** Of the phones in service, from 0 to 1. */
  readonly share: number;
  readonly shareText: string;
}

/** Before this share is in service the pace is that of phones that still start: it says nothing of the others. */
const LEAST_SHARE = 0.1;
/** A pace that has hours to go says nothing. */
const LONGEST_SECONDS = 4 * 3600;

export function liveAnswer(moment: PageMoment): LiveAnswer {
  const { state, progress, summary } = moment;
  const { asked, ledger } = state;
  const [headline, ...details] = progress.verdict === null ? presentAnswer(moment) : answerOf(summary);
  return {
    headline,
    details,
    share: asked === 0 ? 0 : ledger.ready / asked,
    shareText: formatShare(ledger.ready, asked),
  };
}

function presentAnswer(moment: PageMoment): [string, ...string[]] {
  const { state, progress, summary } = moment;
  const { asked, ledger } = state;
  const all = `${formatCount(asked)} ${asked === 1 ? 'phone' : 'phones'}`;
  if (progress.phase === 'preparing') return [`Getting ready to boot ${all}`];
  const { times, origin } = answeringTimes(summary.recovery);
  if (ledger.ready === asked) {
    const compressed = summary.timing.compression === 1 ? '' : ' (compressed)';
    return [
      `Back: all ${all} in service`,
      `${formatSeconds(times.t100Seconds)} after ${origin}${compressed}`,
    ];
  }
  return [`${formatCount(ledger.ready)} of ${all} in service`, outlook(moment)];
}

/** When the rest is back, at the present pace. */
function outlook({ state, progress, figures }: PageMoment): string {
  const { asked, ledger } = state;
  if (progress.phase === 'draining' || progress.phase === 'done')
    return 'the run is ending: phones take their leave';
  if (progress.elapsedSeconds < 0) return 'power returns in a moment';
  if (progress.slope === 0) return 'paused: no more phones get power until it is resumed';
  const given = ledger.failed + ledger.lostWithAgent;
  const missing = asked - ledger.ready - given;
  const lost = given === 0 ? '' : `; ${formatCount(given)} failed or lost`;
  if (missing === 0) return `the others will not come back${lost}`;
  const seconds = missing / figures.perSecond;
  if (ledger.ready < asked * LEAST_SHARE || figures.perSecond <= 0 || seconds > LONGEST_SECONDS)
    return `${formatCount(missing)} on their way${lost}`;
  return `all back in about ${formatDuration(Math.max(1, Math.round(seconds)))} at the present pace${lost}`;
}
