/**
 * When each phone of a plan has power, over a whole run. Plain data and pure arithmetic: every worker computes the
 * events of its own phones, and two that compute the same phone agree.
 *
 *     power
 *      on       .-----------------.                 .---- - -
 *              |                   |               |
 *      off  ---'                   '---------------'
 *          0   first start         outage            at + duration + return shape
 */
import { cyclesOf, type PowerShape, visitPowerCycles } from './power-shape.ts';
import { type Layout, placeOf } from './layout.ts';

export interface PowerSchedule {
  readonly seed: number;
  /** Of what devices take by themselves; see `Draw`. */
  readonly compression: number;
  readonly layout: Layout;
  readonly firstStart: PowerShape;
  readonly outage: Outage | null;
}

/** Power is cut at one instant, and comes back by a shape. */
export interface Outage {
  /** Schedule time of the cut. */
  readonly atSeconds: number;
  /** From the cut to the beginning of the return. */
  readonly durationSeconds: number;
  readonly affected: Affected;
  readonly return: PowerShape;
}

/** Whom an outage hits. */
export type Affected =
  | { readonly type: 'all' }
  /** Spread evenly over the phones in their order. */
  | { readonly type: 'share'; readonly share: number }
  /** By switch: 1 where its phones are hit. */
  | { readonly type: 'switches'; readonly hit: Uint8Array };

/** Power comes (`on`) or goes. `wave` counts the power returns of the schedule: of an `off`, the one that it ends. */
export interface PowerEvent {
  readonly atSeconds: number;
  readonly on: boolean;
  readonly wave: number;
}

/** The events of one phone: on, off, on ... in strictly growing time. */
export function powerEvents(schedule: PowerSchedule, phone: number): readonly PowerEvent[] {
  const { outage, firstStart } = schedule;
  const events: PowerEvent[] = [];
  const hit = outage !== null && isHit(outage.affected, schedule.layout, phone);
  const cutSeconds = hit ? outage.atSeconds : Number.POSITIVE_INFINITY;
  appendCycles(schedule, firstStart, phone, { round: 0, beginSeconds: 0, firstWave: 0, cutSeconds }, events);
  if (hit) {
    const beginSeconds = outage.atSeconds + outage.durationSeconds;
    const firstWave = cyclesOf(firstStart);
    const round = { round: 1, beginSeconds, firstWave, cutSeconds: Number.POSITIVE_INFINITY };
    appendCycles(schedule, outage.return, phone, round, events);
  }
  return events;
}

interface Round {
  readonly round: number;
  readonly beginSeconds: number;
  readonly firstWave: number;
  /** What would happen from then on does not, and who has power loses it. */
  readonly cutSeconds: number;
}

function appendCycles(
  { seed, compression, layout }: PowerSchedule,
  shape: PowerShape,
  phone: number,
  { round, beginSeconds, firstWave, cutSeconds }: Round,
  events: PowerEvent[],
): void {
  visitPowerCycles(shape, layout, phone, { seed, round, compression }, (cycle, onSeconds, offSeconds) => {
    const on = beginSeconds + onSeconds;
    const off = Math.min(beginSeconds + offSeconds, cutSeconds);
    if (on >= off) return;
    events.push({ atSeconds: on, on: true, wave: firstWave + cycle });
    if (Number.isFinite(off)) events.push({ atSeconds: off, on: false, wave: firstWave + cycle });
  });
}

function isHit(affected: Affected, layout: Layout, phone: number): boolean {
  switch (affected.type) {
    case 'all':
      return true;
    case 'share':
      return Math.floor((phone + 1) * affected.share) > Math.floor(phone * affected.share);
    case 'switches':
      return affected.hit[placeOf(layout, phone).switch] === 1;
    default:
      return affected satisfies never;
  }
}
