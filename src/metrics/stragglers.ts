import type { FailureCause } from '../phone/failure-causes.ts';
import type { Stage } from '../phone/stages.ts';
import type { Ledger, PhoneState } from './ledger.ts';
import type { PhoneHistory, StageEffort } from './phone-history.ts';

/** Who a phone of a shard is. */
export interface NamedPhone {
  /** Its position in the plan. */
  readonly index: number;
  readonly device: string;
}

/** A phone that is named: it is not in service when the ledger is closed, or was among the last to be. */
export interface Straggler extends NamedPhone {
  readonly state: PhoneState;
  /** Where it stands, or what failed last for one that is in service; null: nothing to tell. */
  readonly stage: Stage | null;
  readonly cause: FailureCause | null;
  readonly server: string | null;
  /** From intended power return to its first time in service after it; null: it has not been. */
  readonly secondsToService: number | null;
  /** Power returns, and boots that began again. */
  readonly boots: number;
  /** The stages that it tried since the run began. */
  readonly stages: Readonly<Partial<Record<Stage, StageEffort>>>;
}

/** So many are named; the ledger has the number of all. */
export const STRAGGLERS_NAMED = 100;
/** A worker that sorts all its phones at once stands still while they wait to take their leave. */
const MOST_HELD = 5 * STRAGGLERS_NAMED;

/** What is worst comes first. */
const STATE_RANK: Readonly<Record<PhoneState, number>> = {
  failed: 0,
  dropped: 1,
  trying: 2,
  registered: 3,
  notStarted: 4,
  ready: 5,
};

/** The stragglers of a shard, worst first. Every phone is looked at, and never more than a few hundred are held. */
export function stragglersOf(
  ledger: Ledger,
  history: PhoneHistory,
  nameOf: (phone: number) => NamedPhone,
  now: number,
): Straggler[] {
  let worst: Order[] = [];
  for (let phone = 0; phone < ledger.size; phone++) {
    worst.push({
      // Within a shard phones are in the order of the plan.
      index: phone,
      state: ledger.stateOf(phone),
      secondsToService: secondsOf(history.toServiceMs(phone)),
    });
    if (worst.length === MOST_HELD) worst = worstOf(worst);
  }
  return worstOf(worst).map(({ index: phone, state, secondsToService }) => ({
    ...nameOf(phone),
    state,
    ...(ledger.standingOf(phone) ?? { stage: null, cause: null, server: null }),
    secondsToService,
    boots: history.boots(phone),
    stages: history.efforts(phone, now),
  }));
}

/** Of several shards. */
export function mergeStragglers(lists: readonly (readonly Straggler[])[]): Straggler[] {
  return worstOf(lists.flat());
}

function worstOf<Phone extends Order>(phones: Phone[]): Phone[] {
  return phones.sort(compare).slice(0, STRAGGLERS_NAMED);
}

/** Phones out of service by state, then those in service, the slowest first; among equals the order of the plan. */
function compare(a: Order, b: Order): number {
  const state = STATE_RANK[a.state] - STATE_RANK[b.state];
  if (state !== 0) return state;
  const slowness = a.state === 'ready' ? (b.secondsToService ?? 0) - (a.secondsToService ?? 0) : 0;
  return slowness !== 0 ? slowness : a.index - b.index;
}

type Order = Pick<Straggler, 'state' | 'secondsToService' | 'index'>;

function secondsOf(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms) / 1000;
}
