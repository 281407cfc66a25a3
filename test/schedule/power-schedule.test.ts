import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Layout, type Place, placeOf } from '../../src/schedule/layout.ts';
import { powerCurve, powerHistory } from '../../src/schedule/power-history.ts';
import { type PowerEvent, powerEvents, type PowerSchedule } from '../../src/schedule/power-schedule.ts';
import { cyclesOf, type PowerShape } from '../../src/schedule/power-shape.ts';
import { constant, grids, MOST_PHONES, schedules } from './arbitrary-schedules.ts';
import { add, divide, isLess, multiply, type Rational, rationalOf, toNumber } from './rational.ts';

const ALL = Array.from({ length: MOST_PHONES }, (_, phone) => phone);

function eventsOfAll(schedule: PowerSchedule): (readonly PowerEvent[])[] {
  return ALL.map((phone) => powerEvents(schedule, phone));
}

describe('the power events of a phone', () => {
  it('alternate in strictly growing time, and end with power', () => {
    fc.assert(
      fc.property(schedules(), (schedule) => {
        for (const events of eventsOfAll(schedule)) {
          expect(events.length % 2).toBe(1);
          const wrong = events.filter(({ atSeconds, on }, i) => {
            const before = i === 0 ? -1 : (events[i - 1]?.atSeconds ?? 0);
            return on !== (i % 2 === 0) || !(atSeconds > before);
          });
          expect(wrong).toEqual([]);
        }
      }),
    );
  });

  it('are those of the slow exact oracle, where nothing is random', () => {
    fc.assert(
      fc.property(schedules(constant), (schedule) => {
        fc.pre(!usesUps(schedule.firstStart) && !usesUps(schedule.outage?.return));
        const places = walk(schedule.layout);
        for (const phone of ALL) {
          const expected = oracle(schedule, phone, places[phone] as Place);
          const found = powerEvents(schedule, phone).map(({ atSeconds }) => atSeconds);
          expect(found).toHaveLength(expected.length);
          const wrong = expected.filter((exact, i) => !(Math.abs((found[i] ?? 0) - toNumber(exact)) < 1e-9));
          expect(wrong).toEqual([]);
        }
      }),
    );
  });

  it('belong to waves that count up, the same for all phones', () => {
    fc.assert(
      fc.property(schedules(), (schedule) => {
        const ofFirst = cyclesOf(schedule.firstStart);
        const beginsAt = (schedule.outage?.atSeconds ?? 0) + (schedule.outage?.durationSeconds ?? 0);
        for (const events of eventsOfAll(schedule)) {
          const returns = events.filter(({ on }) => on);
          const waves = returns.map(({ wave }) => wave);
          expect(waves).toEqual([...new Set(waves)].sort((a, b) => a - b));
          const early = returns.filter(({ wave, atSeconds }) => wave >= ofFirst && !(atSeconds >= beginsAt));
          expect(early).toEqual([]);
        }
      }),
    );
  });

  it('of a share are cut for exactly so many, spread evenly', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: MOST_PHONES }),
        (percent, phones) => {
          const share = percent / 100;
          const schedule = outageAt({ type: 'share', share });
          const hit = ALL.slice(0, phones).filter((phone) => powerEvents(schedule, phone).length > 1);
          expect(hit).toHaveLength(Math.floor(phones * share));
        },
      ),
    );
  });

  it('come from the seed: another one moves what is random, the same one nothing', () => {
    const ups = { type: 'ups-staggered', withinSeconds: 30, by: 'phone' } as const;
    const schedule = { ...outageAt({ type: 'all' }), firstStart: ups };
    expect(eventsOfAll(schedule)).toEqual(eventsOfAll({ ...schedule }));
    expect(eventsOfAll(schedule)).not.toEqual(eventsOfAll({ ...schedule, seed: 2 }));
  });

  it('of one switch follow each other port by port, and those of a floor its breaker', () => {
    const layout = { type: 'grid', perSwitch: 4, switchesPerFloor: 2, floorsPerSite: 3 } as const;
    const switches = { boot: { type: 'constant', seconds: 20 }, portIntervalSeconds: 0.5 } as const;
    const firstStart = { type: 'floor-by-floor', intervalSeconds: 60, switches } as const;
    const schedule = { seed: 1, compression: 2, layout, firstStart, outage: null } as const;
    const starts = [0, 1, 3, 4, 8, 24].map((phone) => powerEvents(schedule, phone)[0]?.atSeconds);
    // Compression is for switches and ports; the breaker of the second floor is closed after a minute all the same.
    expect(starts).toEqual([10, 10.25, 10.75, 10, 70, 10]);
  });
});

describe('the history of all phones', () => {
  it('counts every return and every loss, and knows the last', () => {
    fc.assert(
      fc.property(schedules(), (schedule) => {
        const events = eventsOfAll(schedule).flat();
        const { waves, cuts, lastPowerSeconds } = powerHistory(schedule, MOST_PHONES);
        const returns = waves.reduce((sum, { phones }) => sum + phones, 0);
        const losses = cuts.reduce((sum, { phones }) => sum + phones, 0);
        expect(returns).toBe(events.filter(({ on }) => on).length);
        expect(losses).toBe(events.filter(({ on }) => !on).length);
        expect(lastPowerSeconds).toBe(Math.max(...events.map(({ atSeconds }) => atSeconds)));
        for (const [wave, { startSeconds }] of waves.entries()) {
          const first = Math.min(...events.filter((e) => e.on && e.wave === wave).map((e) => e.atSeconds));
          expect(startSeconds).toBeLessThanOrEqual(first);
        }
      }),
    );
  });

  it('is a curve that ends with everybody having power', () => {
    fc.assert(
      fc.property(schedules(), fc.integer({ min: 1, max: 60 }), (schedule, columns) => {
        const { lastPowerSeconds } = powerHistory(schedule, MOST_PHONES);
        const curve = powerCurve(schedule, MOST_PHONES, lastPowerSeconds, columns);
        expect(curve).toHaveLength(columns);
        expect(curve.every((powered) => powered >= 0 && powered <= MOST_PHONES)).toBe(true);
        expect(curve.at(-1)).toBe(MOST_PHONES);
      }),
    );
  });

  it('names the waves of the first start and of the return', () => {
    const down = { type: 'constant', seconds: 5 } as const;
    const flapping = {
      type: 'flapping-feeder',
      by: 'site',
      cycles: 2,
      up: down,
      down,
      switches: null,
    } as const;
    const schedule = { ...outageAt({ type: 'all' }), firstStart: flapping };
    const { waves, cuts } = powerHistory(
      { ...schedule, outage: schedule.outage && { ...schedule.outage, return: flapping } },
      10,
    );
    expect(waves.map(({ name, startSeconds, phones }) => [name, startSeconds, phones])).toEqual([
      ['first-start', 0, 10],
      ['first-start-2', 10, 10],
      ['power-return', 110, 10],
      ['power-return-2', 120, 10],
    ]);
    expect(cuts.map(({ name, startSeconds, phones }) => [name, startSeconds, phones])).toEqual([
      ['feeder-loss-1', 5, 10],
      ['power-cut', 100, 10],
      ['feeder-loss-3', 115, 10],
    ]);
  });
});

describe('the place of a phone', () => {
  it('is what filling port after port, switch after switch, floor after floor gives', () => {
    fc.assert(
      fc.property(grids, (layout) => {
        const places = walk(layout);
        expect(ALL.map((phone) => placeOf(layout, phone))).toEqual(places);
      }),
    );
  });
});

function outageAt(affected: NonNullable<PowerSchedule['outage']>['affected']): PowerSchedule {
  return {
    seed: 1,
    compression: 1,
    layout: { type: 'grid', perSwitch: 48, switchesPerFloor: 4, floorsPerSite: 10 },
    firstStart: { type: 'instant' },
    outage: { atSeconds: 100, durationSeconds: 10, affected, return: { type: 'instant' } },
  };
}

function usesUps(shape: PowerShape | undefined): boolean {
  return shape?.type === 'ups-staggered';
}

/** Phones are put into ports by hand. */
function walk(layout: Layout): Place[] {
  if (layout.type !== 'grid') throw new Error('not a grid');
  const { perSwitch, switchesPerFloor, floorsPerSite } = layout;
  const place = { port: 0, switch: 0, floor: 0, floorOfSite: 0, site: 0 };
  let switchOfFloor = 0;
  return ALL.map(() => {
    if (place.port === perSwitch) {
      place.port = 0;
      place.switch++;
      switchOfFloor++;
    }
    if (switchOfFloor === switchesPerFloor) {
      switchOfFloor = 0;
      place.floor++;
      place.floorOfSite++;
    }
    if (place.floorOfSite === floorsPerSite) {
      place.floorOfSite = 0;
      place.site++;
    }
    return { ...place, port: place.port++ };
  });
}

interface Window {
  readonly from: Rational;
  /** Null: without end. */
  readonly to: Rational | null;
}

/** The definition, slow and exact: windows in which the phone has power, cut by the outage. */
function oracle(schedule: PowerSchedule, phone: number, place: Place): Rational[] {
  const { outage } = schedule;
  const first = windows(schedule.firstStart, schedule, phone, place);
  if (outage === null || !isHitByHand(schedule, phone, place)) return first.flatMap(edges);
  const at = rationalOf(outage.atSeconds);
  const before = first
    .filter(({ from }) => isLess(from, at))
    .map(({ from, to }) => ({ from, to: to !== null && isLess(to, at) ? to : at }));
  const begin = add(at, rationalOf(outage.durationSeconds));
  const after = windows(outage.return, schedule, phone, place).map(({ from, to }) => ({
    from: add(begin, from),
    to: to === null ? null : add(begin, to),
  }));
  return [...before, ...after].flatMap(edges);
}

function isHitByHand({ outage, layout }: PowerSchedule, phone: number, place: Place): boolean {
  if (outage === null || layout.type !== 'grid') return false;
  const { affected } = outage;
  if (affected.type === 'all') return true;
  if (affected.type === 'switches') return affected.hit[place.switch] === 1;
  const hits = (phones: number): number => Math.floor(phones * affected.share);
  return hits(phone + 1) - hits(phone) === 1;
}

function windows(shape: PowerShape, schedule: PowerSchedule, phone: number, place: Place): Window[] {
  const fromSwitch = (switches: { boot: { type: string }; portIntervalSeconds: number } | null): Rational => {
    if (switches === null) return rationalOf(0);
    const ports = multiply(rationalOf(place.port), rationalOf(switches.portIntervalSeconds));
    return divide(add(secondsOf(switches.boot), ports), rationalOf(schedule.compression));
  };
  switch (shape.type) {
    case 'instant':
      return [{ from: rationalOf(0), to: null }];
    case 'per-switch':
      return [{ from: fromSwitch(shape), to: null }];
    case 'floor-by-floor': {
      const floor = multiply(rationalOf(place.floorOfSite), rationalOf(shape.intervalSeconds));
      return [{ from: add(floor, fromSwitch(shape.switches)), to: null }];
    }
    case 'stages': {
      const [first, second] = shape.stages as [
        { durationSeconds: number; phones: number },
        { durationSeconds: number; phones: number },
      ];
      const [stage, index, begin] =
        phone < first.phones ? [first, phone, 0] : [second, phone - first.phones, first.durationSeconds];
      const part = divide(
        multiply(rationalOf(stage.durationSeconds), rationalOf(index)),
        rationalOf(stage.phones),
      );
      return [{ from: add(rationalOf(begin), part), to: null }];
    }
    case 'flapping-feeder': {
      const found: Window[] = [];
      let on = rationalOf(0);
      for (let cycle = 1; cycle <= shape.cycles; cycle++) {
        const off = add(on, atLeast(secondsOf(shape.up)));
        const from = add(on, fromSwitch(shape.switches));
        if (cycle === shape.cycles) found.push({ from, to: null });
        else if (isLess(from, off)) found.push({ from, to: off });
        on = add(off, atLeast(secondsOf(shape.down)));
      }
      return found;
    }
    default:
      throw new Error(`${shape.type} is random`);
  }
}

function atLeast(seconds: Rational): Rational {
  const shortest = rationalOf(0.01);
  return isLess(seconds, shortest) ? shortest : seconds;
}

function secondsOf(distribution: { type: string; seconds?: number }): Rational {
  return rationalOf(distribution.seconds ?? Number.NaN);
}

function edges({ from, to }: Window): Rational[] {
  return to === null ? [from] : [from, to];
}
