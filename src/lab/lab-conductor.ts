import { describeEvent, describeFault } from '../scenario/describe-lab.ts';
import type { LabEvent, RunOrigin } from '../scenario/lab-events.ts';
import type { LabFault } from '../scenario/lab-faults.ts';

/** Does something later; the lab may end before. */
export type Schedule = (delayMs: number, action: () => void) => void;

/** What was done to the lab, and when. */
export interface ExecutedEvent {
  readonly what: string;
  /** On the clock that `now` of the conductor reads, ms. */
  readonly atMs: number;
}

export interface ConductorFacts {
  readonly events: readonly LabEvent[];
  /** The services time these themselves: here it is only told when they begin and end. */
  readonly faults: readonly LabFault[];
  /** Milliseconds on the clock of the announced instants. */
  readonly now: () => number;
  readonly schedule: Schedule;
  /** Begins to do it; failures are the lab's own. */
  readonly execute: (event: LabEvent) => void;
  readonly executed: (event: ExecutedEvent) => void;
}

/**
 * Executes the events of the scenario's `lab.events`, each once its origin is known and its time has come, and tells when
 * its `lab.faults` begin and end.
 */
export class LabConductor {
  readonly #facts: ConductorFacts;
  readonly #announced = new Set<RunOrigin>();

  constructor(facts: ConductorFacts) {
    this.#facts = facts;
  }

  /** A run is announced once: what has been done to the lab is not done again. */
  announce(origin: RunOrigin, atMs: number): void {
    if (this.#announced.has(origin)) return;
    this.#announced.add(origin);
    const { events, faults, now, schedule, executed } = this.#facts;
    for (const event of events) {
      if (event.from !== origin) continue;
      schedule(Math.max(0, atMs + event.at * 1000 - now()), () => this.#do(event));
    }
    for (const fault of faults) {
      if (fault.from !== origin) continue;
      const tell = (at: number | undefined, turn: string): void => {
        if (at === undefined) return;
        const what = `${describeFault(fault)}, ${turn}`;
        schedule(Math.max(0, atMs + at * 1000 - now()), () => executed({ what, atMs: now() }));
      };
      tell(fault.fromSeconds, 'begins');
      tell(fault.toSeconds, 'ends');
    }
  }

  #do(event: LabEvent): void {
    const { now, execute, executed } = this.#facts;
    executed({ what: describeEvent(event), atMs: now() });
    execute(event);
  }
}
