import { wrap } from '../../scenario/plain-text.ts';
import { answerOf } from '../answer.ts';
import type { RunSummary } from '../summary-schema.ts';
import { type Paint, section, WIDTH } from './section.ts';

export function answerSection(summary: RunSummary, paint: Paint): string[] {
  const lines = answerOf(summary).flatMap((line) => wrap(line, WIDTH - 2, '  '));
  return section(paint, 'When is the building back?', lines);
}
