const LEVELS = ' ▁▂▃▄▅▆▇█';

/**
 * A curve as one line of bars: of the points that fall into a column the highest, so that no peak is lost; where none
 * falls, the line between its neighbours.
 *
 * @param points seconds and values, in order, joined by straight lines
 */
export function barCurve(points: readonly (readonly [number, number])[], columns: number): string {
  const first = points[0]?.[0] ?? 0;
  const seconds = Math.max(1, (points.at(-1)?.[0] ?? 0) - first);
  const most = Math.max(...points.map(([, value]) => value));
  return Array.from({ length: columns }, (_, column) => {
    const from = first + (seconds * column) / columns;
    const to = first + (seconds * (column + 1)) / columns;
    const isLast = column === columns - 1;
    const inside = points.filter(([second]) => second >= from && (second < to || isLast));
    const value = Math.max(valueAt(points, from), ...inside.map(([, inner]) => inner));
    if (value <= 0 || most === 0) return LEVELS.charAt(0);
    return LEVELS.charAt(Math.max(1, Math.round((value / most) * (LEVELS.length - 1))));
  }).join('');
}

function valueAt(points: readonly (readonly [number, number])[], at: number): number {
  const after = points.findIndex(([second]) => second >= at);
  const [toSecond, toValue] = points[after] ?? points.at(-1) ?? [0, 0];
  const [fromSecond, fromValue] = points[after - 1] ?? [toSecond, toValue];
  if (toSecond === fromSecond) return toValue;
  const share = Math.min(1, (at - fromSecond) / (toSecond - fromSecond));
  return fromValue + (toValue - fromValue) * share;
}
