import type { LabSettings } from '../scenario/lab-settings.ts';

/** What sums of fractions may be off by, in places of the queue. */
const ROUNDING = 1e-6;

/**
 * The queue of phones that want to come back to a CallManager (RegisterTokenReq). One after the other is served; a
 * phone that finds the queue full is told to ask again later. A phone that has gone while it waited is served all the
 * same: the server finds out when it answers. CUCM has such a queue for each node (service parameter Maximum Phone
 * Fallback Queue Depth); what it does inside is not published.
 *
 * Nothing but arithmetic on the clock: the queue is as long as the time until it is empty.
 */
export class TokenQueue {
  readonly #settings: LabSettings['tokens'];
  readonly #now: () => number;
  /** When the last one that was taken in has been served. */
  #freeAt = Number.NEGATIVE_INFINITY;
  #taken = 0;
  #rejected = 0;
  #peak = 0;

  /** @param now milliseconds */
  constructor(settings: LabSettings['tokens'], now: () => number) {
    this.#settings = settings;
    this.#now = now;
  }

  /** Takes a request in: milliseconds until it is granted; null: the queue is full. */
  ask(): number | null {
    const { depth, serviceMs } = this.#settings;
    const now = this.#now();
    if (this.queuedNow >= depth) {
      this.#rejected++;
      return null;
    }
    this.#taken++;
    this.#freeAt = Math.max(now, this.#freeAt) + serviceMs;
    this.#peak = Math.max(this.#peak, this.queuedNow);
    return this.#freeAt - now;
  }

  /** A request that was refused for another reason than the queue's length. */
  refuse(): void {
    this.#rejected++;
  }

  /** Requests that wait or are being served. */
  get queuedNow(): number {
    const { serviceMs } = this.#settings;
    if (serviceMs === 0) return 0;
    return Math.max(0, Math.ceil((this.#freeAt - this.#now()) / serviceMs - ROUNDING));
  }

  /** tokenRequests = tokensGranted + tokensRejected + tokensQueuedNow. */
  stats(): Readonly<Record<string, number>> {
    const { queuedNow } = this;
    return {
      tokenRequests: this.#taken + this.#rejected,
      tokensGranted: this.#taken - queuedNow,
      tokensRejected: this.#rejected,
      tokensQueuedNow: queuedNow,
      tokensPeak: this.#peak,
    };
  }
}
