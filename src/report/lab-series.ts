import type { RunSummary } from './summary-schema.ts';

/** What was seen of the lab while the run lasted. */
export type LabObservation = Pick<NonNullable<RunSummary['lab']>, 'events' | 'tokenQueue' | 'registered'>;

type Curve = [number, number][];
type Counts = Readonly<Record<string, number>>;

/** Counts of the token queue that go on from where a node's process left them when it was killed. */
const TOKEN_TOTALS = ['tokensGranted', 'tokensRejected'] as const;

/** The CallManagers of a lab over time, from a sample of their counts every second. */
export class LabSeries {
  readonly #nodes = new Map<string, NodeSeries>();

  /**
   * @param second time of the sample, to the millisecond: two in one second, such as the last look of a run, are both
   *   kept, or a level line would become a slope
   * @param stats counts of each node by its name; a node that is not there has no process
   */
  add(second: number, stats: Readonly<Record<string, Counts>>): void {
    for (const name of new Set([...this.#nodes.keys(), ...Object.keys(stats)])) {
      let node = this.#nodes.get(name);
      if (node === undefined) this.#nodes.set(name, (node = new NodeSeries(name)));
      node.add(second, stats[name] ?? {});
    }
  }

  get tokenQueue(): LabObservation['tokenQueue'] {
    return this.#sorted.map((node) => node.tokenQueue);
  }

  get registered(): LabObservation['registered'] {
    return this.#sorted.map((node) => node.registered);
  }

  get #sorted(): NodeSeries[] {
    return [...this.#nodes.values()].sort((a, b) => a.name.localeCompare(b.name));
  }
}

class NodeSeries {
  readonly name: string;
  readonly #queued: Curve = [];
  readonly #registered: Curve = [];
  readonly #earlier = { tokensGranted: 0, tokensRejected: 0 };
  readonly #last = { tokensGranted: 0, tokensRejected: 0 };
  #peak = 0;

  constructor(name: string) {
    this.name = name;
  }

  add(second: number, counts: Counts): void {
    const { tokensQueuedNow = 0, registeredNow = 0, tokensPeak = 0 } = counts;
    append(this.#queued, second, tokensQueuedNow);
    append(this.#registered, second, registeredNow);
    this.#peak = Math.max(this.#peak, tokensPeak);
    for (const total of TOKEN_TOTALS) {
      const now = counts[total] ?? 0;
      if (now < this.#last[total]) this.#earlier[total] += this.#last[total];
      this.#last[total] = now;
    }
  }

  get tokenQueue(): LabObservation['tokenQueue'][number] {
    const total = (name: (typeof TOKEN_TOTALS)[number]): number => this.#earlier[name] + this.#last[name];
    return {
      node: this.name,
      granted: total('tokensGranted'),
      rejected: total('tokensRejected'),
      peak: this.#peak,
      curve: this.#queued,
    };
  }

  get registered(): LabObservation['registered'][number] {
    return { node: this.name, curve: this.#registered };
  }
}

/** Points between two equal ones say nothing: curves are joined by straight lines. */
function append(curve: Curve, second: number, value: number): void {
  // Looks before the start are all of second 0.
  if (curve.at(-1)?.[0] === second) curve.pop();
  const [before, previous] = [curve.at(-2), curve.at(-1)];
  if (before?.[1] === value && previous?.[1] === value) curve.pop();
  curve.push([second, value]);
}
