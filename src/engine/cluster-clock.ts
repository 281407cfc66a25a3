/** The clock of Redis for an agent: looked at anew until the start is armed, then frozen, and its drift reported. */
import type { Redis } from 'ioredis';
import { monotonicMilliseconds } from '../drivers/clock.ts';
import { redisFailure } from '../redis/connection.ts';
import { ServerClock } from '../redis/server-clock.ts';

/** Looks lie so far apart, ms. */
const LOOK_INTERVAL_MS = 10_000;

export class AgentClock {
  readonly #redis: Redis;
  #clock: ServerClock | null = null;
  #isFrozen = false;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #driftMs: number | null = null;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** To be called before anything else. Throws `redis-unreachable`, as `look`. */
  async measure(): Promise<void> {
    const clock = await this.#asked(() => ServerClock.measure(this.#redis));
    this.#lookedAtMs = monotonicMilliseconds();
    // Armed while it was measured: what was frozen stays.
    if (!this.#isFrozen) this.#clock = clock;
  }

  /** From now on instants do not move. */
  freeze(): void {
    this.#isFrozen = true;
  }

  /** Does something when it is time. */
  async look(): Promise<void> {
    if (monotonicMilliseconds() - this.#lookedAtMs < LOOK_INTERVAL_MS) return;
    if (!this.#isFrozen) return this.measure();
    this.#lookedAtMs = monotonicMilliseconds();
    this.#driftMs = await this.#asked(() => this.#measured.measureDriftMs());
  }

  /** The clock of Redis minus this machine's, ms. */
  get offsetMs(): number {
    return this.#measured.estimate.offsetMs;
  }

  get errorMs(): number {
    return this.#measured.estimate.errorMs;
  }

  /** Since it was frozen; null: not measured yet. */
  get driftMs(): number | null {
    return this.#driftMs;
  }

  /** An instant of this machine's CLOCK_MONOTONIC as the clock of Redis has it, which is UTC. */
  utcOf(ms: number): string {
    return new Date(ms + this.offsetMs).toISOString();
  }

  get #measured(): ServerClock {
    if (this.#clock === null) throw new Error('the clock was not measured');
    return this.#clock;
  }

  async #asked<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    try {
      return await ask();
    } catch (error) {
      throw redisFailure(error, this.#redis);
    }
  }
}
