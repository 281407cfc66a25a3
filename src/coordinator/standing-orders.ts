/**
 * The schedule of a run in Redis, as its coordinator writes it: an order to end that Redis did not take is given again,
 * and a Redis that has lost the schedule is given it anew, with every order that it had confirmed.
 */
import { ClockedRampStore, shifted } from '../ramp/clocked-ramp-store.ts';
import type { RampState, RampStore, Stop } from '../ramp/ramp-store.ts';
import type { RedisRampStore } from '../ramp/redis-ramp-store.ts';
import type { RunPlan } from '../scenario/plan.ts';

export class StandingOrders implements RampStore<RunPlan> {
  readonly #inRedis: RedisRampStore<RunPlan>;
  readonly #store: ClockedRampStore<RunPlan>;
  readonly #offsetMs: number;
  #state: RampState<RunPlan> = {
    epoch: 1,
    version: 0,
    plan: null,
    startAtMs: null,
    steers: [],
    stop: null,
  };
  #untaken: Stop | null = null;

  /** @param offsetMs the clock of Redis minus this machine's */
  constructor(inRedis: RedisRampStore<RunPlan>, offsetMs: number) {
    this.#inRedis = inRedis;
    this.#store = new ClockedRampStore(inRedis, offsetMs);
    this.#offsetMs = offsetMs;
  }

  async publish(plan: RunPlan): Promise<void> {
    await this.#store.publish(plan);
    this.#state = { ...this.#state, plan };
  }

  async read(): Promise<RampState<RunPlan>> {
    this.#state = await this.#store.read();
    return this.#state;
  }

  async arm(startAtMs: number): Promise<void> {
    await this.#store.arm(startAtMs);
    this.#state = { ...this.#state, startAtMs };
  }

  async steer(fromMs: number, slope: number): Promise<void> {
    await this.#store.steer(fromMs, slope);
  }

  async stop(kind: Stop['kind'], atMs: number): Promise<void> {
    this.#untaken = { kind, atMs };
    await this.repeat();
  }

  /** Gives the order to end again that Redis has not taken yet. */
  async repeat(): Promise<void> {
    const stop = this.#untaken;
    if (stop === null) return;
    await this.#store.stop(stop.kind, stop.atMs);
    this.#state = { ...this.#state, stop };
    if (this.#untaken === stop) this.#untaken = null;
  }

  watch(listener: (state: RampState<RunPlan>) => void): () => void {
    return this.#store.watch(listener);
  }

  /** Redis has lost the run. Throws `schedule-conflict` where somebody else coordinates it by now. */
  async restore(): Promise<void> {
    const latest = this.#inRedis.latest;
    const seen = latest === null ? this.#state : shifted(latest, -this.#offsetMs);
    const state = {
      ...seen,
      plan: seen.plan ?? this.#state.plan,
      startAtMs: seen.startAtMs ?? this.#state.startAtMs,
      stop: seen.stop ?? this.#state.stop,
    };
    await this.#inRedis.republish(shifted(state, this.#offsetMs));
  }
}
