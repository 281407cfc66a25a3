import { answerOf } from '../answer.ts';
import { formatThresholdValue } from '../thresholds.ts';
import type { RunSummary } from '../summary-schema.ts';
import { wrap } from '../../scenario/plain-text.ts';
import { left, right, table } from '../table.ts';
import { type Paint, section, WIDTH } from './section.ts';

export function thresholdSection({ thresholds }: RunSummary, paint: Paint): string[] {
  const rows = thresholds.map(({ text, holds, ...found }) => [
    holds ? 'held' : 'MISSED',
    text,
    formatThresholdValue(found),
  ]);
  return section(paint, 'Thresholds', table([left(''), left('threshold'), right('found')], rows));
}

const VERDICT_STYLE = { pass: 'green', fail: 'red', invalid: 'red', aborted: 'yellow' } as const;

/** The answer once more: the end of the report is what stays on the screen. */
export function closingSection(
  summary: RunSummary,
  {
    summaryPath,
    phonesPath = null,
    htmlPath = null,
  }: {
    readonly summaryPath: string | null;
    readonly phonesPath?: string | null;
    readonly htmlPath?: string | null;
  },
  paint: Paint,
): string[] {
  const { verdict } = summary;
  const lines = phonesPath === null ? [] : [`Phones written to ${phonesPath}`];
  if (summaryPath !== null) lines.push(`Summary written to ${summaryPath}`);
  if (htmlPath !== null) lines.push(`Report for a browser: ${htmlPath}`);
  lines.push(...wrap(answerOf(summary)[0], WIDTH, '  '));
  const [first = '', ...others] = verdict.reasons;
  const word = verdict.result.toUpperCase();
  const indent = ' '.repeat(word.length + 2);
  const [head = '', ...tail] = wrap(`${word}: ${first}`, WIDTH, indent);
  lines.push(`${paint(VERDICT_STYLE[verdict.result], word)}${head.slice(word.length)}`, ...tail);
  for (const reason of others) lines.push(...wrap(indent + reason, WIDTH, indent));
  return lines;
}
