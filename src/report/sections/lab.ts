import { barCurve } from '../bar-curve.ts';
import { formatCount, formatSeconds } from '../figures.ts';
import type { RunSummary } from '../summary-schema.ts';
import { left, right, table } from '../table.ts';
import { type Paint, section } from './section.ts';

const CURVE_COLUMNS = 40;

type Lab = NonNullable<RunSummary['lab']>;

/** How the lab's CallManagers took it; empty when there is nothing to tell. What was done to it stands under the curve. */
export function labSection({ lab }: RunSummary, paint: Paint): string[] {
  if (lab === null) return [];
  const lines = curveLines(lab);
  return lines.length === 0 ? [] : section(paint, 'The lab over time', lines);
}

function curveLines({ registered, tokenQueue }: Lab): string[] {
  const rows = [
    ...registered.filter(({ curve }) => mostOf(curve) > 0).map(registeredRow),
    ...tokenQueue.filter(({ granted, rejected }) => granted + rejected > 0).map(tokenRow),
  ];
  if (rows.length === 0) return [];
  const last = Math.max(...registered.map(({ curve }) => curve.at(-1)?.[0] ?? 0));
  const columns = [left('node'), left(''), left(`0 to ${formatSeconds(last)}`), right('peak'), left('')];
  return table(columns, rows);
}

function registeredRow({ node, curve }: Lab['registered'][number]): string[] {
  return [node, 'registered', bars(curve), formatCount(mostOf(curve)), ''];
}

function tokenRow({ node, granted, rejected, peak, curve }: Lab['tokenQueue'][number]): string[] {
  const what = `${formatCount(granted)} granted, ${formatCount(rejected)} rejected`;
  return [node, 'token queue', bars(curve), formatCount(peak), what];
}

function bars(curve: Lab['registered'][number]['curve']): string {
  return `|${barCurve(curve, CURVE_COLUMNS)}|`;
}

function mostOf(curve: Lab['registered'][number]['curve']): number {
  return Math.max(0, ...curve.map(([, value]) => value));
}
