import type { CurvePoints } from './step-curve.ts';

/** Phones lost service, together, and came back or did not. */
export interface Dip {
  /** The first second at which fewer were in service than is tolerated. */
  readonly fromSecond: number;
  /** How many were in service before: the highest number until then. */
  readonly before: number;
  readonly lowest: number;
  readonly lowestSecond: number;
  /** When all of them but the tolerated share were back; null: they are not. */
  readonly backSecond: number | null;
}

/** Single phones that come and go are no dip: less than one in a hundred of those that were in service. */
const TOLERATED_SHARE = 0.01;

/** Where a curve of phones in service falls below the highest it has been, by more than is tolerated. */
export function dipsOf(curve: CurvePoints): Dip[] {
  const dips: { -readonly [Key in keyof Dip]: Dip[Key] }[] = [];
  let before = 0;
  for (let i = 0; i + 1 < curve.length; i += 2) {
    const second = curve[i] as number;
    const value = curve[i + 1] as number;
    const isBack = value >= before - Math.floor(before * TOLERATED_SHARE);
    const open = dips.findLast(({ backSecond }) => backSecond === null);
    if (open === undefined) {
      if (!isBack)
        dips.push({ fromSecond: second, before, lowest: value, lowestSecond: second, backSecond: null });
    } else if (isBack) {
      open.backSecond = second;
    } else if (value < open.lowest) {
      open.lowest = value;
      open.lowestSecond = second;
    }
    before = Math.max(before, value);
  }
  return dips;
}
