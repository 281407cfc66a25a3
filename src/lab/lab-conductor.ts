import type { LabEvent, ResetPace, RunOrigin } from '../scenario/lab-events.ts';

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
  /** Milliseconds on the clock of the announced instants. */
  readonly now: () => number;
  readonly schedule: Schedule;
  /** Begins to do it; failures are the lab's own. */
  readonly execute: (event: LabEvent) => void;
  readonly executed: (event: ExecutedEvent) => void;
}

/** Executes the events of the scenario's `lab.events`, each once its origin is known and its time has come. */
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
    const { events, now, schedule } = this.#facts;
    for (const event of events) {
      if (event.from !== origin) continue;
      schedule(Math.max(0, atMs + event.at * 1000 - now()), () => this.#do(event));
    }
  }

  #do(event: LabEvent): void {
    const { now, execute, executed } = this.#facts;
    executed({ what: describeEvent(event), atMs: now() });
    execute(event);
  }
}

/** `CallManager 1 killed`, `Reset (2, restart) to the phones of all CallManagers, 50 a second`. */
export function describeEvent({ do: deed, node, resetType, perSecond }: LabEvent): string {
  const who = nodeName(node);
  if (deed !== 'reset') return `${who} ${deed === 'kill' ? 'killed' : 'restarted'}`;
  const type = { 1: 'reset', 2: 'restart', 3: 'apply config' }[resetType];
  const pace = perSecond === undefined ? 'all at once' : `${formatPace(perSecond)} a second`;
  return `Reset (${resetType}, ${type}) to the phones of ${who}, ${pace}`;
}

function formatPace(pace: ResetPace): string {
  return typeof pace === 'number' ? String(pace) : `${Number((pace.share * 100).toPrecision(6))} %`;
}

function nodeName(node: LabEvent['node']): string {
  switch (node) {
    case 'all':
      return 'all CallManagers';
    case 'srst':
      return 'SRST router';
    case 'tftp':
      return 'TFTP server';
    case 'network':
      return 'DHCP and DNS server';
    default:
      return `CallManager ${node}`;
  }
}
