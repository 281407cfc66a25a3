/** So many a second and no more: a bucket that holds one second's worth. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #now: () => number;
  #tokens: number;
  #filledAt: number;

  /** @param perSecond undefined: no limit  @param now milliseconds */
  constructor(perSecond: number | undefined, now: () => number) {
    this.#perSecond = perSecond ?? Number.POSITIVE_INFINITY;
    this.#now = now;
    this.#tokens = Math.max(1, this.#perSecond);
    this.#filledAt = now();
  }

  /** Whether one more is within the limit now. */
  take(): boolean {
    if (this.waitMs() > 0) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Takes a place in the queue: milliseconds until it is served; null: `most` wait already. */
  queue(): number;
  queue(most: number | undefined): number | null;
  queue(most = Number.POSITIVE_INFINITY): number | null {
    const wait = this.waitMs();
    const waiting = Math.max(0, Math.ceil(-this.#tokens));
    if (wait > 0 && waiting >= most) return null;
    this.#tokens -= 1;
    return wait;
  }

  /** Milliseconds until the next one would be within the limit. */
  waitMs(): number {
    if (!Number.isFinite(this.#perSecond)) return 0;
    const now = this.#now();
    const most = Math.max(1, this.#perSecond);
    this.#tokens = Math.min(most, this.#tokens + ((now - this.#filledAt) / 1000) * this.#perSecond);
    this.#filledAt = now;
    return this.#tokens >= 1 ? 0 : ((1 - this.#tokens) / this.#perSecond) * 1000;
  }
}
