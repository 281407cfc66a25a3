import * as z from 'zod';

const UNIT_SECONDS = { ms: 0.001, s: 1, m: 60, h: 3600 } as const;
type Unit = keyof typeof UNIT_SECONDS;

const PART = /(\d+(?:\.\d+)?)\s*(ms|s|m|h)/g;
const DURATION = /^\s*(?:\d+(?:\.\d+)?\s*(?:ms|s|m|h)\s*)+$/;
export const DURATION_EXPECTED =
  'expected a duration: seconds as a number, or text such as "500ms", "30s", "5m" or "1h30m"';

/** Seconds from "30s", "5m", "1h30m", "250ms" or a bare number; null for anything else. */
export function parseDuration(text: string): number | null {
  if (/^\s*\d+(?:\.\d+)?\s*$/.test(text)) return Number(text);
  if (!DURATION.test(text)) return null;
  let seconds = 0;
  for (const [, amount, unit] of text.matchAll(PART)) seconds += Number(amount) * UNIT_SECONDS[unit as Unit];
  return seconds;
}

/** "0.5 s", "45 s", "2 m 5 s", "1 h 30 m": for people. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'without end';
  if (seconds < 60) return `${Number(seconds.toFixed(seconds < 10 ? 2 : 1))} s`;
  const whole = Math.round(seconds);
  const parts = [
    [Math.floor(whole / 3600), 'h'],
    [Math.floor((whole % 3600) / 60), 'm'],
    [whole % 60, 's'],
  ] as const;
  return parts
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(' ');
}

/** A scenario key that takes a duration; its value is in seconds. */
export const durationField = z
  .union(
    [
      z.number({ error: DURATION_EXPECTED }).nonnegative({ error: DURATION_EXPECTED }),
      z.string().regex(DURATION, DURATION_EXPECTED),
    ],
    {
      error: DURATION_EXPECTED,
    },
  )
  .transform((value) => (typeof value === 'number' ? value : (parseDuration(value) ?? 0)))
  .meta({ title: 'duration' });
