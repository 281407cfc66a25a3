/** A curve for a picture: so few points that it can be drawn, and no peak and no dip lost. */

export type Points = readonly (readonly [number, number])[];

/**
 * Of the points of each stretch of time the first, the lowest, the highest and the last, in their order: what a line
 * through all of them would cover, up to the width of a stretch.
 *
 * @returns at most four points for each of `stretches`; the points themselves when they are no more than that
 */
export function downsample(points: Points, stretches: number): Points {
  if (points.length <= stretches * 4) return points;
  const first = points[0]?.[0] ?? 0;
  const width = ((points.at(-1)?.[0] ?? 0) - first) / stretches;
  const kept: (readonly [number, number])[] = [];
  let begin = 0;
  while (begin < points.length) {
    const stretch = stretchOf(points[begin], first, width);
    let end = begin + 1;
    while (end < points.length && stretchOf(points[end], first, width) === stretch) end += 1;
    for (const index of extremes(points, begin, end)) kept.push(points[index] as readonly [number, number]);
    begin = end;
  }
  return kept;
}

function stretchOf(point: readonly [number, number] | undefined, first: number, width: number): number {
  return Math.floor(((point?.[0] ?? 0) - first) / width);
}

/** Indices of the first, lowest, highest and last point of a range, ascending, each once. */
function extremes(points: Points, begin: number, end: number): number[] {
  let lowest = begin;
  let highest = begin;
  for (let i = begin; i < end; i += 1) {
    const value = points[i]?.[1] ?? 0;
    if (value < (points[lowest]?.[1] ?? 0)) lowest = i;
    if (value > (points[highest]?.[1] ?? 0)) highest = i;
  }
  return [...new Set([begin, lowest, highest, end - 1])].sort((a, b) => a - b);
}
