import { formatSeconds } from '../figures.ts';
import type { RunSummary } from '../summary-schema.ts';
import { wrap } from '../../scenario/plain-text.ts';
import { type Paint, WIDTH } from './section.ts';

export function headingSection({ run, lab, timing, warnings }: RunSummary, paint: Paint): string[] {
  const started = run.started === null ? 'never armed' : `started ${run.started}`;
  const lines = lab === null ? [] : [paint('yellow', lab.title)];
  for (const limit of lab?.limits ?? []) lines.push(...wrap(limit, WIDTH, '    ', '  '));
  if (lab !== null) lines.push('');
  lines.push(
    paint('bold', `bootstorm ${run.version}: ${run.name}`),
    `run ${run.id}, seed ${run.seed}, ${started}, ${formatSeconds(run.duration)}`,
  );
  const notes = [...(timing.note === null ? [] : [timing.note]), ...warnings];
  for (const note of notes) {
    lines.push(...wrap(`note: ${note}`, WIDTH, '      ').map((line) => paint('yellow', line)));
  }
  return lines;
}
