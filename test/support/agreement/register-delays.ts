/**
 * Register to RegisterAck as the tool measured it, beside the wire. The tool begins to count before Register leaves and
 * ends after RegisterAck has come: its value of a registration is never the smaller one, so none of its quantiles is,
 * and what it adds is the time for which its event loop was busy with something else.
 */
import type { RunSummary } from '../../../src/report/summary-schema.ts';

export interface DelayRow {
  readonly quantile: string;
  readonly wireMs: number;
  readonly toolMs: number;
  /** The most that the tool may say. */
  readonly mostMs: number;
}

/** A bin of the histogram is never wider than this part of its values. */
const BIN_PART = 0.01;
/** Clocks are read to the nanosecond, the summary is written to the microsecond. */
const ROUNDING_MS = 0.001;

/**
 * @param wireMs ascending
 * @param lagMs the longest time for which an event loop of the run stood still, as the run itself measured it
 */
export function delayRows(
  { registrationRequestDelay: tool }: RunSummary,
  wireMs: readonly number[],
  lagMs: number,
): DelayRow[] {
  const quantiles = { p50: 0.5, p90: 0.9, p99: 0.99, max: 1 } as const;
  return (Object.keys(quantiles) as (keyof typeof quantiles)[]).map((quantile) => {
    const wire = wireMs[Math.max(1, Math.ceil(quantiles[quantile] * wireMs.length - 1e-9)) - 1] ?? Number.NaN;
    const toolMs = (tool[`${quantile}Seconds`] ?? Number.NaN) * 1000;
    return { quantile, wireMs: wire, toolMs, mostMs: (wire + lagMs) * (1 + BIN_PART) + ROUNDING_MS };
  });
}

/** A line for each quantile that is below the wire's, or above it by more than the lag and a bin. */
export function delayFaults(rows: readonly DelayRow[]): string[] {
  return rows
    .filter(({ wireMs, toolMs, mostMs }) => !(toolMs >= wireMs - ROUNDING_MS && toolMs <= mostMs))
    .map(delayText);
}

export function delayText({ quantile, wireMs, toolMs, mostMs }: DelayRow): string {
  const [wire, tool, most] = [wireMs, toolMs, mostMs].map((ms) => ms.toFixed(3));
  return `${quantile}: wire ${wire} ms, tool ${tool} ms, at most ${most} ms`;
}
