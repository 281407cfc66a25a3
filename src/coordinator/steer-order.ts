/** Orders to a run, wherever they come from: a terminal by way of Redis, or the page of a run in its own process. */
import { BootstormError } from '../errors.ts';
import type { RampState, RampStore } from '../ramp/ramp-store.ts';
import { STEER_LEAD_MS } from '../schedule/warp.ts';

export type SteerOrder =
  /** From then on schedule time passes at this slope: 0 is a pause. */
  | { readonly type: 'rate'; readonly slope: number }
  /** The end: phones take their leave; the second time everything stops at once. */
  | { readonly type: 'abort' };

/** What an order comes to. */
export interface Steered {
  /** Seconds since the start; 0 while it is not known. */
  readonly fromSecond: number;
  /** From now, seconds. */
  readonly inSeconds: number;
  /** Null: not an end. */
  readonly stop: 'drain' | 'now' | null;
}

/** A run that has been started. */
export type ArmedState = Omit<RampState<unknown>, 'plan'> & { readonly startAtMs: number };

/** On top of the lead that a schedule asks for: the way to it. */
const MARGIN_MS = 300;
/** Others may steer at the same time. */
const ATTEMPTS = 5;

/**
 * Appends a change of slope, as soon as every agent can hear of it in time, and behind every change that is ordered.
 *
 * @param read the schedule as it is now; throws where it takes no more orders
 * @param nowMs the instant on the clock of the store
 */
export async function setSlope(
  store: Pick<RampStore<unknown>, 'steer'>,
  read: () => Promise<ArmedState>,
  nowMs: () => number,
  slope: number,
): Promise<Steered> {
  for (let attempt = 1; ; attempt++) {
    const { startAtMs, steers } = await read();
    const behind = (steers.at(-1)?.fromMs ?? startAtMs) + 1;
    const fromMs = Math.max(nowMs() + STEER_LEAD_MS + MARGIN_MS, behind);
    try {
      await store.steer(fromMs, slope);
      return { fromSecond: (fromMs - startAtMs) / 1000, inSeconds: (fromMs - nowMs()) / 1000, stop: null };
    } catch (error) {
      if (attempt === ATTEMPTS || !isConflict(error)) throw error;
    }
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof BootstormError && error.code === 'schedule-conflict';
}
