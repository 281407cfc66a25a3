import { STAGE_NAMES, type Stage } from '../../phone/stages.ts';
import { formatCount, formatSeconds } from '../figures.ts';
import type { RunSummary } from '../summary-schema.ts';
import { left, right, table } from '../table.ts';
import { type Paint, section } from './section.ts';

/** Phones that are shown by name; the summary has a hundred. */
const MISSING_SHOWN = 10;
const SLOWEST_SHOWN = 3;

/** The phones that are not in service, by name; where all are, the last that came. */
export function stragglerSection({ stragglers }: RunSummary, paint: Paint): string[] {
  const { notInService, phones } = stragglers;
  const missing = phones.filter(({ state }) => state !== 'ready');
  if (missing.length === 0) return slowest(phones.slice(0, SLOWEST_SHOWN), paint);
  const shown = missing.slice(0, MISSING_SHOWN);
  const rest = notInService - shown.length;
  return section(paint, `Stragglers: ${formatCount(notInService)} not in service`, [
    ...rows(shown),
    ...(rest > 0 ? [`and ${formatCount(rest)} more: the summary names the first hundred`] : []),
  ]);
}

function slowest(phones: readonly Straggler[], paint: Paint): string[] {
  return phones.length === 0 ? [] : section(paint, 'The last phones to be in service', rows(phones));
}

function rows(phones: readonly Straggler[]): string[] {
  const columns = [left('device'), left('state'), left('stage'), left('last failure'), right('boots')];
  return table(
    [...columns, right('to service'), left('most time in')],
    phones.map((phone) => [
      phone.device,
      phone.state,
      phone.stage ?? '-',
      phone.cause ?? '-',
      formatCount(phone.boots),
      formatSeconds(phone.secondsToService),
      longestStage(phone.stages),
    ]),
  );
}

/** `connect: 4 tries, 41.2 s` */
export function longestStage(stages: Straggler['stages']): string {
  const tried = STAGE_NAMES.flatMap((stage) => {
    const effort = stages[stage];
    return effort === undefined ? [] : [{ stage, ...effort }];
  });
  if (tried.length === 0) return '-';
  const { stage, attempts, seconds } = tried.reduce((a, b) => (b.seconds > a.seconds ? b : a));
  const tries = attempts === 1 ? '1 try' : `${formatCount(attempts)} tries`;
  return `${stage satisfies Stage}: ${tries}, ${formatSeconds(seconds)}`;
}

type Straggler = RunSummary['stragglers']['phones'][number];
