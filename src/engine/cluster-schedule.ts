/** The shared schedule as this machine has it: instants on its CLOCK_MONOTONIC, certificates where it keeps them. */
import type { Redis } from 'ioredis';
import { shifted } from '../ramp/clocked-ramp-store.ts';
import type { RampState } from '../ramp/ramp-store.ts';
import { RedisRampStore } from '../ramp/redis-ramp-store.ts';
import type { RunPlan } from '../scenario/plan.ts';
import { AgentClock } from './cluster-clock.ts';

export class LocalSchedule {
  readonly clock: AgentClock;
  readonly #store: RedisRampStore<RunPlan>;
  readonly #certificates: string | null;
  #state: RampState<RunPlan> | null = null;
  #isWatched = false;
  #plan: { readonly source: RunPlan; readonly here: RunPlan } | null = null;

  /** @param certificates folder of this machine; null: where the plan says */
  constructor(redis: Redis, run: string, certificates: string | null) {
    this.clock = new AgentClock(redis);
    this.#store = new RedisRampStore(redis, run);
    this.#certificates = certificates;
  }

  get isWatched(): boolean {
    return this.#isWatched;
  }

  /** Null: nothing was seen yet. */
  get state(): RampState<RunPlan> | null {
    return this.#state;
  }

  get plan(): RunPlan | null {
    return this.#state?.plan ?? null;
  }

  /** Null: the run is not armed, as far as this agent knows. */
  get startAtMs(): number | null {
    return this.#state?.startAtMs ?? null;
  }

  /** Throws `redis-unreachable` when the clock of Redis cannot be measured. */
  async watch(
    listener: (state: RampState<RunPlan>, before: RampState<RunPlan> | null) => void,
  ): Promise<void> {
    await this.clock.measure();
    this.#isWatched = true;
    this.#store.watch((state) => {
      const before = this.#state;
      if (state.startAtMs !== null) this.clock.freeze();
      const local = shifted(state, -this.clock.offsetMs);
      this.#state = { ...local, plan: state.plan && this.#planHere(state.plan) };
      listener(this.#state, before);
    });
  }

  close(): void {
    this.#store.close();
  }

  #planHere(source: RunPlan): RunPlan {
    if (this.#plan?.source !== source) this.#plan = { source, here: this.#withCertificates(source) };
    return this.#plan.here;
  }

  #withCertificates(plan: RunPlan): RunPlan {
    const certificates = this.#certificates;
    if (certificates === null) return plan;
    return { ...plan, boot: { ...plan.boot, security: { ...plan.boot.security, certificates } } };
  }
}
