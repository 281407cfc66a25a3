import { formatDuration } from '../../scenario/duration.ts';
import { shareCurve } from '../bar-curve.ts';
import { formatCount } from '../figures.ts';
import type { RunSummary } from '../summary-schema.ts';
import { wrap } from '../../scenario/plain-text.ts';
import { type Paint, section, WIDTH } from './section.ts';

const COLUMNS = 72;
const MARKS = 'abcdefghijklmnopqrstuvwxyz';
/** Stands under the curve where several events fall on one column. */
const SEVERAL = '+';

/** Phones in service over the whole run as one line of bars, with a mark below for each event. */
export function curveSection({ run, phones, recovery, lab, ...rest }: RunSummary, paint: Paint): string[] {
  const { curve } = recovery.fromPower;
  const events = [...rest.events, ...(lab?.events ?? [])].sort((a, b) => a.second - b.second);
  const end = curve.at(-1)?.[0] ?? 0;
  if (end === 0) return [];
  const marked = events.slice(0, MARKS.length);
  const legend = marked.map(
    ({ second, what }, i) => `${MARKS.charAt(i)}  ${formatDuration(second)}: ${what}`,
  );
  return section(paint, 'Phones in service', [
    `|${shareCurve(curve, COLUMNS, phones.asked)}| of ${formatCount(phones.asked)}, ${formatDuration(run.duration)}`,
    ...(marked.length === 0 ? [] : [` ${marks(marked, end)}`.trimEnd()]),
    ...legend.flatMap((line) => wrap(line, WIDTH - 2, '   ')),
    ...(events.length > marked.length
      ? [`and ${events.length - marked.length} more events: the summary has them all`]
      : []),
    ...recovery.dips.map(dipText),
  ]);
}

function marks(events: RunSummary['events'], end: number): string {
  const line = new Array<string>(COLUMNS).fill(' ');
  for (const [i, { second }] of events.entries()) {
    const column = Math.min(COLUMNS - 1, Math.max(0, Math.floor((second / end) * COLUMNS)));
    line[column] = line[column] === ' ' ? MARKS.charAt(i) : SEVERAL;
  }
  return line.join('');
}

function dipText({ fromSecond, before, lowest, lowestSecond, backSecond }: Dip): string {
  const back = backSecond === null ? 'not back' : `back at ${formatDuration(backSecond)}`;
  return (
    `from ${formatDuration(fromSecond)} fewer than the ${formatCount(before)} before: ` +
    `${formatCount(lowest)} at ${formatDuration(lowestSecond)}, ${back}`
  );
}

type Dip = RunSummary['recovery']['dips'][number];
