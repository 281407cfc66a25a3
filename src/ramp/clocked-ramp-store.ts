import type { RampState, RampStore, Stop } from './ramp-store.ts';

/**
 * A schedule whose instants are on the clock of Redis, with instants on this machine's CLOCK_MONOTONIC. The offset is
 * frozen: what was armed does not move when the clocks do.
 */
export class ClockedRampStore<Plan> implements RampStore<Plan> {
  readonly #store: RampStore<Plan>;
  readonly #offsetMs: number;

  /** @param offsetMs the clock of Redis minus this machine's */
  constructor(store: RampStore<Plan>, offsetMs: number) {
    this.#store = store;
    this.#offsetMs = microseconds(offsetMs);
  }

  async publish(plan: Plan): Promise<void> {
    await this.#store.publish(plan);
  }

  async read(): Promise<RampState<Plan>> {
    return this.#local(await this.#store.read());
  }

  async arm(startAtMs: number): Promise<void> {
    await this.#store.arm(this.#serverMs(startAtMs));
  }

  async steer(fromMs: number, slope: number): Promise<void> {
    await this.#store.steer(this.#serverMs(fromMs), slope);
  }

  async stop(kind: Stop['kind'], atMs: number): Promise<void> {
    await this.#store.stop(kind, this.#serverMs(atMs));
  }

  watch(listener: (state: RampState<Plan>) => void): () => void {
    return this.#store.watch((state) => listener(this.#local(state)));
  }

  #local(state: RampState<Plan>): RampState<Plan> {
    return shifted(state, -this.#offsetMs);
  }

  #serverMs(localMs: number): number {
    return microseconds(localMs + this.#offsetMs);
  }
}

/** The state with every instant moved. */
export function shifted<Plan>(state: RampState<Plan>, byMs: number): RampState<Plan> {
  const { startAtMs, steers, stop } = state;
  return {
    ...state,
    startAtMs: startAtMs === null ? null : microseconds(startAtMs + byMs),
    steers: steers.map(({ fromMs, slope }) => ({ fromMs: microseconds(fromMs + byMs), slope })),
    stop: stop === null ? null : { kind: stop.kind, atMs: microseconds(stop.atMs + byMs) },
  };
}

/** To whole microseconds, which both clocks have: there and back gives the same instant. */
function microseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
