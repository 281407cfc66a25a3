/** Curves as one line of bars, in the plan and in the report alike. */
const LEVELS = ' ▁▂▃▄▅▆▇█';
/** The highest bar but one, as a part of the whole. */
const HIGHEST_PART = (LEVELS.length - 2) / (LEVELS.length - 1);

/** Nothing only for nothing. */
export function bar(value: number, most: number): string {
  if (value <= 0 || most === 0) return LEVELS.charAt(0);
  return LEVELS.charAt(Math.max(1, Math.round((value / most) * (LEVELS.length - 1))));
}

/** The same of a part of a whole: only the whole is a full bar. */
export function shareBar(value: number, whole: number): string {
  return value < whole ? bar(Math.min(value, whole * HIGHEST_PART), whole) : bar(1, 1);
}
