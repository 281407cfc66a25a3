import { powerEventsOf, type RunPlan } from '../scenario/plan.ts';
import { type Shard, shardPhone, shardSize } from '../schedule/shards.ts';
import type { ShardRestart } from './shard-grant.ts';

/** Every power event of a shard in the order of time: a million phones are some megabytes, not objects. */
export class PowerList {
  readonly size: number;
  /** Schedule time, ms. */
  readonly #at: Float64Array;
  /** The phone's place in the shard. */
  readonly #position: Uint32Array;
  /** The wave of a return of power; `LOSS` for a loss. */
  readonly #wave: Int16Array;

  constructor(plan: RunPlan, shard: Shard, restart: ShardRestart | null = null) {
    const at: number[] = [];
    const position: number[] = [];
    const wave: number[] = [];
    const size = shardSize(shard, plan.phoneCount);
    for (let phone = 0; phone < size; phone++) {
      for (const event of eventsOf(plan, shardPhone(shard, phone), restart)) {
        at.push(event.atMs);
        position.push(phone);
        wave.push(event.wave);
      }
    }
    this.size = at.length;
    // At one instant phones come in their order; those of one phone are in order, since its times differ.
    const order = Uint32Array.from(at, (_, index) => index).sort(
      (a, b) => (at[a] ?? 0) - (at[b] ?? 0) || a - b,
    );
    this.#at = Float64Array.from(order, (index) => at[index] ?? 0);
    this.#position = Uint32Array.from(order, (index) => position[index] ?? 0);
    this.#wave = Int16Array.from(order, (index) => wave[index] ?? LOSS);
  }

  /** Schedule time of an event, ms; infinite past the end. */
  atMs(index: number): number {
    return this.#at[index] ?? Number.POSITIVE_INFINITY;
  }

  positionOf(index: number): number {
    return this.#position[index] ?? 0;
  }

  /** Null: power is lost. */
  waveOf(index: number): number | null {
    const wave = this.#wave[index] ?? LOSS;
    return wave === LOSS ? null : wave;
  }
}

const LOSS = -1;

interface ListedEvent {
  readonly atMs: number;
  readonly wave: number;
}

/** Of a shard that begins anew, what came before is forgotten, and whoever had power then gets it then. */
function eventsOf(plan: RunPlan, phone: number, restart: ShardRestart | null): ListedEvent[] {
  const events: ListedEvent[] = [];
  for (const { atSeconds, on, wave } of powerEventsOf(plan, phone)) {
    const atMs = atSeconds * 1000;
    if (restart !== null && atMs <= restart.atMs) events.length = 0;
    if (restart === null || atMs > restart.atMs) events.push({ atMs, wave: on ? wave : LOSS });
    else if (on) events.push(restart);
  }
  return events;
}
