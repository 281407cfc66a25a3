import type { RunMark } from '../metrics/run-progress.ts';
import { formatClock } from '../report/figures.ts';

/** What happened, with the letter of its line on the curve. */
export interface LetteredMark {
  readonly letter: string;
  readonly second: number;
  readonly at: string;
  readonly what: string;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
/** Letters nearer to each other than this share of the axis would lie on each other. */
const NEAR = 0.03;

/** The newest marks; those that lie close together share a letter. */
export function letteredMarks(marks: readonly RunMark[], end: number): LetteredMark[] {
  const groups: { second: number; what: string[] }[] = [];
  for (const { type, second, what: text } of marks) {
    if (second === null || second > end) continue;
    const what = type === 'start' ? 'start' : text;
    const last = groups.at(-1);
    if (last !== undefined && second - last.second < end * NEAR) last.what.push(what);
    else groups.push({ second: Math.max(0, second), what: [what] });
  }
  return groups.slice(-LETTERS.length).map(({ second, what }, i) => ({
    letter: LETTERS.charAt(i),
    second,
    at: formatClock(second),
    what: listOf(what),
  }));
}

const MOST_LISTED = 3;

function listOf(texts: readonly string[]): string {
  const rest = texts.length - MOST_LISTED;
  return [...texts.slice(0, MOST_LISTED), ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ');
}
