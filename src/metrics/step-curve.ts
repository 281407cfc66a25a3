/** A curve as plain data: second, value, second, value ..., seconds ascending. Before the first it is 0. */
export type CurvePoints = readonly number[];

/**
 * A count over time at a resolution of one second: `value at second s` is what the count was s seconds after the
 * run's start. Only changes are kept, so an hour of steady service costs nothing.
 */
export class StepCurve {
  readonly #points: number[] = [];

  /** The count changed. `elapsedMs` is time since the run's start and does not run backwards by a second. */
  set(elapsedMs: number, value: number): void {
    const points = this.#points;
    const second = secondOf(elapsedMs);
    const last = points.length - 2;
    if (last >= 0 && second <= (points[last] as number)) points[last + 1] = value;
    else points.push(second, value);
  }

  toPoints(): CurvePoints {
    return this.#points.slice();
  }
}

/** The first whole second at which something that happened `elapsedMs` after the start can be seen. */
export function secondOf(elapsedMs: number): number {
  return Math.max(0, Math.ceil(elapsedMs / 1000));
}

/** The sum of several curves. */
export function sumCurves(curves: readonly CurvePoints[]): CurvePoints {
  const only = curves.length === 1 ? curves[0] : undefined;
  if (only !== undefined) return only;
  const changes = new Map<number, number>();
  for (const curve of curves) {
    let before = 0;
    for (let i = 0; i + 1 < curve.length; i += 2) {
      const second = curve[i] as number;
      const value = curve[i + 1] as number;
      changes.set(second, (changes.get(second) ?? 0) + value - before);
      before = value;
    }
  }
  const points: number[] = [];
  let value = 0;
  for (const second of [...changes.keys()].sort((a, b) => a - b)) {
    value += changes.get(second) ?? 0;
    points.push(second, value);
  }
  return points;
}

/** What the curve is at a second. */
export function valueAt(curve: CurvePoints, second: number): number {
  let value = 0;
  for (let i = 0; i + 1 < curve.length && (curve[i] as number) <= second; i += 2) {
    value = curve[i + 1] as number;
  }
  return value;
}

/** The second of the last change. */
export function endOf(curve: CurvePoints): number {
  return curve.at(-2) ?? 0;
}

export function peakOf(curve: CurvePoints): number {
  let peak = 0;
  for (let i = 1; i < curve.length; i += 2) peak = Math.max(peak, curve[i] as number);
  return peak;
}

/** The curve until `second`, and 0 from then on: what remains of it when its agent is lost. */
export function endAt(curve: CurvePoints, second: number): CurvePoints {
  const points: number[] = [];
  for (let i = 0; i + 1 < curve.length && (curve[i] as number) < second; i += 2) {
    points.push(curve[i] as number, curve[i + 1] as number);
  }
  points.push(second, 0);
  return points;
}

/**
 * Pairs [second, value] that give the curve back when they are joined by straight lines: every change, the second
 * before it, the start and the end.
 */
export function toPairs(curve: CurvePoints, endSecond: number): [number, number][] {
  const pairs: [number, number][] = [[0, valueAt(curve, 0)]];
  let value = valueAt(curve, 0);
  for (let i = 0; i + 1 < curve.length; i += 2) {
    const second = curve[i] as number;
    if (second === 0) continue;
    if ((pairs.at(-1)?.[0] ?? 0) < second - 1) pairs.push([second - 1, value]);
    value = curve[i + 1] as number;
    pairs.push([second, value]);
  }
  if ((pairs.at(-1)?.[0] ?? 0) < endSecond) pairs.push([endSecond, value]);
  return pairs;
}
