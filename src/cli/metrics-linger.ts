import { onEndingSignal } from '../drivers/ending-signals.ts';
import type { MetricsServer } from '../metrics/server.ts';
import { DURATION_EXPECTED, formatDuration, parseDuration } from '../scenario/duration.ts';

/**
 * After a run its endpoint stays with the final figures: until a scrape has taken them, Ctrl-C or the like, and for
 * `seconds` at most.
 */
export async function lingerForScrape(
  server: MetricsServer,
  seconds: number,
  say: (line: string) => void,
): Promise<void> {
  if (seconds === 0) return;
  const interrupted = new AbortController();
  const onSignal = (): void => interrupted.abort();
  const forgetSignals = onEndingSignal(onSignal);
  const limit = setTimeout(onSignal, seconds * 1000);
  say(`metrics: ${server.url} waits for a last scrape, ${formatDuration(seconds)} at most; Ctrl-C ends it`);
  await server.untilScraped(interrupted.signal);
  clearTimeout(limit);
  forgetSignals();
}

/** Seconds of `--metrics-linger`. */
export function lingerOf(text: string | null, problems: string[]): number {
  const seconds = text === null ? 0 : parseDuration(text);
  if (seconds === null) problems.push(`--metrics-linger ${text}: ${DURATION_EXPECTED}`);
  return seconds ?? 0;
}
