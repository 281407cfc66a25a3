/**
 * Who is alive, judged by numbered beats alone. Silence is counted over looks that Redis answered: while it does not
 * answer, nobody can be heard, and nobody is lost for it. Pure: the instants come from outside.
 */
import { BEAT_INTERVAL_MS, SILENCE_LIMIT_MS } from '../engine/cluster-contract.ts';

/** The time between two looks counts as so much at most: what lies between them may have been an outage, or a sleep. */
const MOST_COUNTED_MS = 1.5 * BEAT_INTERVAL_MS;

interface Pulse {
  sequence: number;
  silentMs: number;
}

export class Liveness {
  readonly #pulses = new Map<string, Pulse>();
  #lookedAtMs: number | null = null;

  /** From now on the agent is expected to be heard. */
  expect(agent: string): void {
    if (!this.#pulses.has(agent)) this.#pulses.set(agent, { sequence: -1, silentMs: 0 });
  }

  /** Nobody waits for it any more. */
  forget(agent: string): void {
    this.#pulses.delete(agent);
  }

  isExpected(agent: string): boolean {
    return this.#pulses.has(agent);
  }

  get expected(): number {
    return this.#pulses.size;
  }

  /**
   * Redis answered at `nowMs`: of each agent that has ever been heard the number of its latest beat. Returns those
   * that have been silent for too long; whoever is to be given up has to be forgotten, or is named again.
   */
  look(nowMs: number, sequences: ReadonlyMap<string, number>): string[] {
    const passedMs = Math.min(nowMs - (this.#lookedAtMs ?? nowMs), MOST_COUNTED_MS);
    this.#lookedAtMs = nowMs;
    const silent: string[] = [];
    for (const [agent, pulse] of this.#pulses) {
      const sequence = sequences.get(agent) ?? pulse.sequence;
      pulse.silentMs = sequence === pulse.sequence ? pulse.silentMs + passedMs : 0;
      pulse.sequence = sequence;
      if (pulse.silentMs >= SILENCE_LIMIT_MS) silent.push(agent);
    }
    return silent;
  }
}
