import { BootstormError } from '../errors.ts';
import type { RampState, RampStore, Stop } from './ramp-store.ts';

/** The schedule of a run whose readers live in this process; others reach it through `serveRampStore`. */
export class MemoryRampStore<Plan> implements RampStore<Plan> {
  #state: RampState<Plan> = { epoch: 1, version: 0, plan: null, startAtMs: null, steers: [], stop: null };
  readonly #listeners = new Set<(state: RampState<Plan>) => void>();

  async publish(plan: Plan): Promise<void> {
    if (this.#state.plan !== null) throw conflict('a plan was published already');
    this.#write({ plan });
  }

  async read(): Promise<RampState<Plan>> {
    return this.#state;
  }

  async arm(startAtMs: number): Promise<void> {
    if (this.#state.plan === null) throw conflict('there is no plan to arm');
    if (this.#state.startAtMs !== null) throw conflict('the run is armed already');
    this.#write({ startAtMs });
  }

  async steer(fromMs: number, slope: number): Promise<void> {
    const { steers, startAtMs } = this.#state;
    const last = steers.at(-1)?.fromMs ?? startAtMs;
    if (last === null) throw conflict('the run is not armed');
    if (fromMs <= last) throw conflict('a later part of the schedule was steered already');
    if (!(slope >= 0)) throw conflict(`schedule time cannot run at ${slope}`);
    this.#write({ steers: [...steers, { fromMs, slope }] });
  }

  async stop(kind: Stop['kind'], atMs: number): Promise<void> {
    const { stop } = this.#state;
    if (stop?.kind === 'now' || stop?.kind === kind) return;
    this.#write({ stop: { kind, atMs } });
  }

  watch(listener: (state: RampState<Plan>) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#state);
    return () => this.#listeners.delete(listener);
  }

  #write(change: Partial<RampState<Plan>>): void {
    this.#state = { ...this.#state, ...change, version: this.#state.version + 1 };
    for (const listener of this.#listeners) listener(this.#state);
  }
}

function conflict(reason: string): BootstormError {
  return new BootstormError('schedule-conflict', `the shared schedule cannot be written: ${reason}`);
}
