import { formatCount } from '../figures.ts';
import type { RunSummary } from '../summary-schema.ts';
import { wrap } from '../../scenario/plain-text.ts';
import { left, right, table } from '../table.ts';
import { type Paint, section, WIDTH } from './section.ts';

export function ledgerSection({ phones, unfinished }: RunSummary, paint: Paint): string[] {
  const sum = [
    `${formatCount(phones.registered)} registered (${formatCount(phones.ready)} ready)`,
    `${formatCount(phones.trying)} trying`,
    `${formatCount(phones.dropped)} dropped`,
    `${formatCount(phones.failed)} failed`,
    `${formatCount(phones.notStarted)} not started`,
    `${formatCount(phones.lostWithAgent)} lost with agent`,
  ].join(' + ');
  const lines = wrap(`${formatCount(phones.asked)} asked = ${sum}`, WIDTH - 2, '  ');
  if (unfinished.length > 0) {
    lines.push(
      '',
      ...table(
        [right('phones'), left('state'), left('stage'), left('last failure'), left('server')],
        unfinished.map((row) => [formatCount(row.count), row.state, row.stage, row.cause, row.server ?? '-']),
      ),
    );
  }
  return section(paint, 'Phones at the end of the hold', lines);
}
