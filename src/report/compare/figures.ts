/** How differences are written: with their sign, as other figures are. */
import { formatCount, formatSeconds } from '../figures.ts';
import type { Difference } from './compare.ts';

export function timeText(seconds: number | null): string {
  return formatSeconds(seconds);
}

export function countText(count: number | null): string {
  return count === null ? '-' : formatCount(count);
}

/** `+1.23 s (+12 %)` */
export function differenceText({ a, b }: Difference): string {
  if (a === null || b === null) return '-';
  const share = a === 0 ? '' : ` (${signed((b - a) / a, (part) => `${(part * 100).toFixed(0)} %`)})`;
  return `${signed(b - a, formatSeconds)}${share}`;
}

/** `+0.90 s to +1.50 s` */
export function intervalText({ interval }: Difference): string {
  if (interval === null) return '-';
  return `${signed(interval.low, formatSeconds)} to ${signed(interval.high, formatSeconds)}`;
}

function signed(value: number, format: (value: number) => string): string {
  if (value === 0) return format(0);
  return `${value < 0 ? '-' : '+'}${format(Math.abs(value))}`;
}
