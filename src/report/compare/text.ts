import { wrap } from '../../scenario/plain-text.ts';
import { answerOf } from '../answer.ts';
import { shareCurve } from '../bar-curve.ts';
import { section, WIDTH } from '../sections/section.ts';
import type { RunSummary } from '../summary-schema.ts';
import { left, painter, right, table } from '../table.ts';
import { type Difference, INTERVAL_NOTE, type RunComparison, verdictOf } from './compare.ts';
import { countText, differenceText, intervalText, timeText } from './figures.ts';

const CURVE_COLUMNS = 72;

/** The comparison for the terminal. */
export function renderComparison(comparison: RunComparison, color = false): string {
  const { a, b, cautions, times, stages, counts } = comparison;
  const paint = painter(color);
  const wrapped = (line: string): string[] => wrap(line, WIDTH - 2, '  ');
  const sections = [
    section(paint, 'Compared', [runLine('A', a), runLine('B', b)].flatMap(wrapped)),
    cautions.length === 0 ? [] : section(paint, 'Not alike', cautions.flatMap(wrapped)),
    section(
      paint,
      'When is the building back?',
      [`A: ${answerOf(a)[0]}`, `B: ${answerOf(b)[0]}`].flatMap(wrapped),
    ),
    section(paint, 'Phones in service, on one scale of time', curves(a, b)),
    section(paint, 'Time to service', [
      ...table(
        [left(''), ...DIFFERENCE],
        times.map((row) => [row.name, ...differenceCells(row)]),
      ),
      '',
      ...wrap(INTERVAL_NOTE, WIDTH - 2),
    ]),
    section(
      paint,
      "Latency per stage, from the stage's own first try",
      table(
        [left('stage'), left(''), ...DIFFERENCE],
        stages.map((row) => [row.stage, row.percentile, ...differenceCells(row)]),
      ),
    ),
    section(
      paint,
      'Counts',
      table(
        [left(''), right('A'), right('B')],
        counts.map((row) => [row.name, countText(row.a), countText(row.b)]),
      ),
    ),
  ];
  const filled = sections.filter((lines) => lines.length > 0);
  return `${filled.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

const DIFFERENCE = [right('A'), right('B'), right('B - A'), right('95 % interval'), left('B is')] as const;

function differenceCells(row: Difference): string[] {
  return [timeText(row.a), timeText(row.b), differenceText(row), intervalText(row), verdictOf(row)];
}

export function runLine(name: string, { run, verdict }: RunSummary): string {
  return `${name}: ${run.name}, run ${run.id}, seed ${run.seed}, bootstorm ${run.version}: ${verdict.result.toUpperCase()}`;
}

function curves(a: RunSummary, b: RunSummary): string[] {
  const endOf = (run: RunSummary): number => run.recovery.fromPower.curve.at(-1)?.[0] ?? 0;
  const longest = Math.max(endOf(a), endOf(b), 1);
  return (
    [
      ['A', a],
      ['B', b],
    ] as const
  ).map(([name, run]) => {
    const columns = Math.max(1, Math.round((endOf(run) / longest) * CURVE_COLUMNS));
    return `${name} |${shareCurve(run.recovery.fromPower.curve, columns, run.phones.asked)}|`;
  });
}
