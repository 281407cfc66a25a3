import { MemoryRampStore } from '../ramp/memory-ramp-store.ts';
import type { RampState, Stop } from '../ramp/ramp-store.ts';
import type { RunPlan } from '../scenario/plan.ts';

/**
 * The shared schedule as one shard of an agent sees it: what the coordinator wrote, and orders of the agent's own. It
 * takes over what is new and never takes back what it has: a schedule that was lost and written anew changes nothing.
 */
export class ScheduleMirror {
  readonly store = new MemoryRampStore<RunPlan>();
  #work: Promise<void> = Promise.resolve();

  /** Instants on this machine's CLOCK_MONOTONIC, as everywhere here. */
  follow(state: RampState<RunPlan>): void {
    this.#then(() => this.#take(state));
  }

  /** An order of the agent's own: `now` overrides `drain`. */
  stop(kind: Stop['kind'], atMs: number): void {
    this.#then(() => this.store.stop(kind, atMs));
  }

  async #take({ plan, startAtMs, steers, stop }: RampState<RunPlan>): Promise<void> {
    const have = await this.store.read();
    if (have.plan === null && plan !== null) await this.store.publish(plan);
    if (plan === null || startAtMs === null) return;
    if (have.startAtMs === null) await this.store.arm(startAtMs);
    const steeredTo = have.steers.at(-1)?.fromMs ?? startAtMs;
    for (const { fromMs, slope } of steers) {
      if (fromMs > steeredTo) await this.store.steer(fromMs, slope);
    }
    if (stop !== null) await this.store.stop(stop.kind, stop.atMs);
  }

  /** One after the other: each looks at what the one before has left. */
  #then(work: () => Promise<void>): void {
    this.#work = this.#work.then(work);
  }
}
