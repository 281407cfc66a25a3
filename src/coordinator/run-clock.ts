/** A run's time: CLOCK_MONOTONIC to seconds since its start, and to schedule time. */
import { monotonicMilliseconds } from '../drivers/clock.ts';
import { type Steer, warpSinceStart } from '../ramp/ramp-store.ts';
import { scheduleMsAt, type Warp } from '../schedule/warp.ts';

export class RunClock {
  #startAtMs: number | null = null;
  #startedUtc: string | null = null;
  #endedAtMs: number | null = null;
  #warp: Warp = warpSinceStart(0, []);

  /** The start is ordered for this instant. */
  set(startAtMs: number): void {
    this.#startAtMs = startAtMs;
    this.#startedUtc = new Date(Date.now() + startAtMs - monotonicMilliseconds()).toISOString();
  }

  /** The first order to end counts. */
  end(atMs: number): void {
    this.#endedAtMs ??= atMs;
  }

  steer(steers: readonly Steer[]): void {
    this.#warp = warpSinceStart(this.#startAtMs ?? 0, steers);
  }

  get startAtMs(): number | null {
    return this.#startAtMs;
  }

  get endedAtMs(): number | null {
    return this.#endedAtMs;
  }

  /** From the start to the end; 0 when the end came before the start. */
  get durationSeconds(): number {
    return this.#endedAtMs === null ? 0 : Math.max(0, this.secondOf(this.#endedAtMs) ?? 0);
  }

  get startedUtc(): string | null {
    return this.#startedUtc;
  }

  /** Seconds since the start; negative before it, null while it is not known. */
  get second(): number | null {
    return this.secondOf(monotonicMilliseconds());
  }

  secondOf(atMs: number): number | null {
    return this.#startAtMs === null ? null : (atMs - this.#startAtMs) / 1000;
  }

  /** Once the end has been ordered, nothing happens to phones later than at that instant. */
  beforeEnd(second: number): number {
    return this.#endedAtMs === null ? second : Math.min(second, this.secondOf(this.#endedAtMs) ?? 0);
  }

  /** Schedule time, so many seconds after the start. */
  scheduleMsAt(second: number): number {
    return scheduleMsAt(this.#warp, second * 1000);
  }
}
