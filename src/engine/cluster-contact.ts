import { SILENCE_LIMIT_MS } from './cluster-contract.ts';

/** How long an agent waits for others, ms. */
export interface AgentPatience {
  /** For an answer of Redis, before it starts no more phones. */
  readonly silenceMs: number;
  /** With itself: after a longer sleep it fences itself. */
  readonly sleepMs: number;
  /** For a coordinator, before the start. */
  readonly coordinatorMs: number;
  /** For another coordinator, where Redis answers and has none: then for nobody any more. */
  readonly successorMs: number;
  /** For an order to end, after `maxDuration`. */
  readonly endMs: number;
  /** For somebody to take over its results. */
  readonly resultsMs: number;
  /** For workers, after all their phones should be gone. */
  readonly workersMs: number;
}

export const USUAL_PATIENCE: AgentPatience = {
  silenceMs: SILENCE_LIMIT_MS,
  sleepMs: SILENCE_LIMIT_MS,
  coordinatorMs: 60_000,
  successorMs: 20_000,
  endMs: 30_000,
  resultsMs: 60_000,
  workersMs: 30_000,
};

type Limits = Pick<AgentPatience, 'silenceMs' | 'sleepMs' | 'successorMs'>;

/**
 * Whether an agent is in contact with Redis and has a coordinator, and whether it was asleep: by its own monotonic
 * clock alone.
 */
export class Contact {
  readonly #limits: Limits;
  #answeredAtMs: number;
  #awakeAtMs: number;
  #coordinatedAtMs: number;
  /** Since when Redis has answered without a break, and without a coordinator; null: it has not. */
  #leaderlessSinceMs: number | null = null;

  constructor(limits: Limits, nowMs: number) {
    this.#limits = limits;
    this.#answeredAtMs = nowMs;
    this.#coordinatedAtMs = nowMs;
    this.#awakeAtMs = nowMs;
  }

  /** Redis has answered a question that was asked at `askedAtMs`: what it did not hear since does not count. */
  answered(askedAtMs: number, isCoordinated: boolean): void {
    this.#answeredAtMs = Math.max(this.#answeredAtMs, askedAtMs);
    if (isCoordinated) this.#coordinatedAtMs = Math.max(this.#coordinatedAtMs, askedAtMs);
    this.#leaderlessSinceMs = isCoordinated ? null : (this.#leaderlessSinceMs ?? askedAtMs);
  }

  unanswered(): void {
    this.#leaderlessSinceMs = null;
  }

  isAlone(nowMs: number): boolean {
    return nowMs - this.#answeredAtMs > this.#limits.silenceMs;
  }

  /** Since it last heard of a coordinator, whether Redis answered or not. */
  uncoordinatedMs(nowMs: number): number {
    return nowMs - this.#coordinatedAtMs;
  }

  /** The coordinator is gone, and nobody has followed it in the time for that. */
  isLeaderless(nowMs: number): boolean {
    return this.#leaderlessSinceMs !== null && nowMs - this.#leaderlessSinceMs > this.#limits.successorMs;
  }

  /** To be called far more often than the limit; how long the process did not run since the last time, if for longer. */
  sleptMs(nowMs: number): number | null {
    const gapMs = nowMs - this.#awakeAtMs;
    this.#awakeAtMs = nowMs;
    return gapMs > this.#limits.sleepMs ? gapMs : null;
  }
}
