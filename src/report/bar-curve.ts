import { bar, shareBar } from '../scenario/bar.ts';

/**
 * A curve as one line of bars: of the points that fall into a column the highest, so that no peak is lost; where none
 * falls, the line between its neighbours.
 *
 * @param points seconds and values, in order, joined by straight lines
 */
export function barCurve(points: Points, columns: number): string {
  const most = Math.max(...points.map(([, value]) => value));
  return columnsOf(points, columns)
    .map(({ begin, inside }) => bar(Math.max(begin, ...inside), most))
    .join('');
}

/**
 * The same of a part of a whole, where dips must not be lost: each bar is what the curve comes to in its column, or how
 * far it falls in between. Only the whole is a full bar.
 */
export function shareCurve(points: Points, columns: number, whole: number): string {
  return columnsOf(points, columns)
    .map(({ begin, inside }) => {
      const end = inside.at(-1) ?? begin;
      const lowest = Math.min(begin, ...inside);
      const value = lowest < Math.min(begin, end) ? lowest : end;
      return shareBar(value, whole);
    })
    .join('');
}

type Points = readonly (readonly [number, number])[];

/** What the curve is where each column begins, and at the points that fall into it. */
function columnsOf(points: Points, columns: number): { begin: number; inside: number[] }[] {
  const first = points[0]?.[0] ?? 0;
  const seconds = Math.max(1, (points.at(-1)?.[0] ?? 0) - first);
  return Array.from({ length: columns }, (_, column) => {
    const from = first + (seconds * column) / columns;
    const to = first + (seconds * (column + 1)) / columns;
    const isLast = column === columns - 1;
    const inside = points.filter(([second]) => second >= from && (second < to || isLast));
    return { begin: valueAt(points, from), inside: inside.map(([, value]) => value) };
  });
}

/** What the curve is at a second: at the first of its points what that is, after the last what the last is. */
export function valueAt(points: Points, at: number): number {
  const after = points.findIndex(([second]) => second >= at);
  const [toSecond, toValue] = points[after] ?? points.at(-1) ?? [0, 0];
  const [fromSecond, fromValue] = points[after - 1] ?? [toSecond, toValue];
  if (toSecond === fromSecond) return toValue;
  const share = Math.min(1, (at - fromSecond) / (toSecond - fromSecond));
  return fromValue + (toValue - fromValue) * share;
}
