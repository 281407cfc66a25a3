export interface SleepFenceOptions {
  /** Of the first look. */
  readonly now: number;
  readonly limitMs: number;
  /** Called once, from within the look that finds it. */
  readonly onSlept: (sleptMs: number, fellAsleepAt: number) => void;
}

/**
 * Whether the process has been asleep (SIGSTOP, a virtual machine that was paused, a blocked event loop) for longer
 * than others wait for a sign of life: its phones are given up for lost by then, and may run elsewhere. Somebody has
 * to look regularly, and everybody before he does anything; who comes first finds the gap.
 */
export class SleepFence {
  readonly #options: SleepFenceOptions;
  #lastLookAt: number;
  #sleptMs: number | null = null;

  constructor(options: SleepFenceOptions) {
    this.#options = options;
    this.#lastLookAt = options.now;
  }

  /** How long it was asleep, ms; null: not for too long. */
  get sleptMs(): number | null {
    return this.#sleptMs;
  }

  /** False from the first look on that comes too long after the one before. */
  isAwake(now: number): boolean {
    if (this.#sleptMs !== null) return false;
    const { limitMs, onSlept } = this.#options;
    const lastLookAt = this.#lastLookAt;
    const gapMs = now - lastLookAt;
    this.#lastLookAt = Math.max(lastLookAt, now);
    if (gapMs <= limitMs) return true;
    this.#sleptMs = gapMs;
    onSlept(gapMs, lastLookAt);
    return false;
  }
}
