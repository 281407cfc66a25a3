/** What a power schedule comes to, over all phones: for the plan's pages, the run's log and its phases. */
import { type PowerSchedule, powerEvents } from './power-schedule.ts';
import { cyclesOf } from './power-shape.ts';

/** One return of power to many phones. */
export interface Wave {
  readonly name: string;
  /** Schedule time at which it begins: recovery is measured from here. */
  readonly startSeconds: number;
  /** When the last of its phones gets power. */
  readonly lastSeconds: number;
  /** Phones that get power with it. */
  readonly phones: number;
}

/** Phones lose power. */
export interface PowerCut {
  readonly name: string;
  /** Schedule time of the first that does, and of the last. */
  readonly startSeconds: number;
  readonly lastSeconds: number;
  readonly phones: number;
}

export interface PowerHistory {
  /** By the wave's number. */
  readonly waves: readonly Wave[];
  readonly cuts: readonly PowerCut[];
  /** Schedule time of the last event: after it nothing happens to anybody's power. */
  readonly lastPowerSeconds: number;
}

interface Tally {
  firstSeconds: number;
  lastSeconds: number;
  phones: number;
}

/** Looks at every phone once. */
export function powerHistory(schedule: PowerSchedule, phones: number): PowerHistory {
  const { outage } = schedule;
  const count = cyclesOf(schedule.firstStart) + (outage === null ? 0 : cyclesOf(outage.return));
  const returns = Array.from({ length: count }, emptyTally);
  const losses = Array.from({ length: count }, emptyTally);
  const outageCut = emptyTally();
  let lastPowerSeconds = 0;
  for (let phone = 0; phone < phones; phone++) {
    for (const { atSeconds, on, wave } of powerEvents(schedule, phone)) {
      const isOutage = !on && atSeconds === outage?.atSeconds;
      note(isOutage ? outageCut : (on ? returns : losses)[wave], atSeconds);
      lastPowerSeconds = Math.max(lastPowerSeconds, atSeconds);
    }
  }
  const cuts = losses.map((tally, wave) => ({ name: `feeder-loss-${wave + 1}`, ...tally }));
  cuts.push({ name: 'power-cut', ...outageCut });
  return {
    waves: returns.map((tally, wave) => waveOf(schedule, wave, tally)),
    cuts: cuts
      .filter((cut) => cut.phones > 0)
      .map(({ firstSeconds, ...cut }) => ({ ...cut, startSeconds: firstSeconds }))
      .sort((a, b) => a.startSeconds - b.startSeconds),
    lastPowerSeconds,
  };
}

/** Phones with power at the end of each of `columns` equal parts of `seconds`. */
export function powerCurve(
  schedule: PowerSchedule,
  phones: number,
  seconds: number,
  columns: number,
): readonly number[] {
  const changes = new Array<number>(columns + 1).fill(0);
  for (let phone = 0; phone < phones; phone++) {
    for (const { atSeconds, on } of powerEvents(schedule, phone)) {
      const column = seconds === 0 ? 0 : Math.max(0, Math.ceil((atSeconds / seconds) * columns) - 1);
      const at = Math.min(column, columns);
      changes[at] = (changes[at] ?? 0) + (on ? 1 : -1);
    }
  }
  let powered = 0;
  return changes.slice(0, columns).map((change) => (powered += change));
}

/** The first cycle of a shape begins with the shape; a later one with its first phone. */
function waveOf(schedule: PowerSchedule, wave: number, { firstSeconds, lastSeconds, phones }: Tally): Wave {
  const { outage } = schedule;
  const ofFirstStart = cyclesOf(schedule.firstStart);
  const isReturn = wave >= ofFirstStart;
  const cycle = isReturn ? wave - ofFirstStart : wave;
  const beginSeconds = isReturn && outage !== null ? outage.atSeconds + outage.durationSeconds : 0;
  const name = isReturn ? 'power-return' : 'first-start';
  return {
    name: cycle === 0 ? name : `${name}-${cycle + 1}`,
    startSeconds: cycle === 0 || !Number.isFinite(firstSeconds) ? beginSeconds : firstSeconds,
    lastSeconds: Math.max(lastSeconds, beginSeconds),
    phones,
  };
}

function emptyTally(): Tally {
  return { firstSeconds: Number.POSITIVE_INFINITY, lastSeconds: 0, phones: 0 };
}

function note(tally: Tally | undefined, atSeconds: number): void {
  if (tally === undefined) return;
  tally.phones++;
  tally.firstSeconds = Math.min(tally.firstSeconds, atSeconds);
  tally.lastSeconds = Math.max(tally.lastSeconds, atSeconds);
}
