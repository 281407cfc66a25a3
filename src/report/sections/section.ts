import { right, type Style } from '../table.ts';

/** Columns that the report keeps to; only addresses and paths that are longer themselves exceed it. */
export const WIDTH = 100;

export const PERCENTILE_COLUMNS = ['p50', 'p90', 'p99', 'max'].map(right);

export type Paint = (style: Style, text: string) => string;

/** A title with its lines below. */
export function section(paint: Paint, title: string, lines: readonly string[]): string[] {
  return [paint('bold', title), ...lines.map((line) => (line === '' ? '' : `  ${line}`))];
}
