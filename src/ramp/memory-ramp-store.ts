import { armed, published, steered, stopped } from './ramp-rules.ts';
import type { RampState, RampStore, Stop } from './ramp-store.ts';

/** The schedule of a run whose readers live in this process; others reach it through `serveRampStore`. */
export class MemoryRampStore<Plan> implements RampStore<Plan> {
  #state: RampState<Plan> = { epoch: 1, version: 0, plan: null, startAtMs: null, steers: [], stop: null };
  readonly #listeners = new Set<(state: RampState<Plan>) => void>();

  async publish(plan: Plan): Promise<void> {
    this.#write(published(this.#state, plan));
  }

  async read(): Promise<RampState<Plan>> {
    return this.#state;
  }

  async arm(startAtMs: number): Promise<void> {
    this.#write(armed(this.#state, startAtMs));
  }

  async steer(fromMs: number, slope: number): Promise<void> {
    this.#write(steered(this.#state, fromMs, slope));
  }

  async stop(kind: Stop['kind'], atMs: number): Promise<void> {
    this.#write(stopped(this.#state, kind, atMs));
  }

  watch(listener: (state: RampState<Plan>) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#state);
    return () => this.#listeners.delete(listener);
  }

  #write(state: RampState<Plan>): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }
}
