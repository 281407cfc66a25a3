/** The order to start, which has to come to all agents, or to none. */
import { setTimeout as pause } from 'node:timers/promises';
import { monotonicMilliseconds } from '../drivers/clock.ts';
import { BootstormError } from '../errors.ts';
import type { RampStore } from '../ramp/ramp-store.ts';

const RETRY_INTERVAL_MS = 500;

/**
 * Arms the start so far ahead and gives its instant; null: nobody wants it any more. Where the answer is missing, what
 * the store has is what counts: the order may have been taken. Throws what a store refuses for good.
 */
export async function armStart(
  store: Pick<RampStore<unknown>, 'arm' | 'read'>,
  leadMs: number,
  isWanted: () => boolean,
): Promise<number | null> {
  for (let isFirst = true; isWanted(); isFirst = false) {
    try {
      const known = isFirst ? null : (await store.read()).startAtMs;
      if (known !== null) return known;
      const startAtMs = monotonicMilliseconds() + leadMs;
      await store.arm(startAtMs);
      return startAtMs;
    } catch (error) {
      if (!mayPass(error)) throw error;
      await pause(RETRY_INTERVAL_MS);
    }
  }
  return null;
}

/** A Redis that has lost the run is given it again. */
function mayPass(error: unknown): boolean {
  return error instanceof BootstormError && (error.retryable || error.code === 'run-unknown');
}
