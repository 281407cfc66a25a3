/** From what a scenario says of power to the schedule of the plan. */
import type { Distribution } from '../random/distribution.ts';
import { type Layout, placeOf } from '../schedule/layout.ts';
import type { Affected, Outage, PowerSchedule } from '../schedule/power-schedule.ts';
import type { PowerShape } from '../schedule/power-shape.ts';
import type { SwitchStart } from '../schedule/shapes/per-switch.ts';
import type { Inventory } from './inventory.ts';
import { inventoryLayout, type SwitchNames } from './inventory-layout.ts';
import type { LabEvent } from './lab-events.ts';
import { formatPath, type KeyPath, type Problem } from './problems.ts';
import type { Scenario } from './schema.ts';

type WrittenShape = Scenario['ramp'];
type NamedShape = Exclude<WrittenShape, string | readonly unknown[]>;
type WrittenStages = Extract<WrittenShape, readonly unknown[]>;
type WrittenOutage = NonNullable<Scenario['outage']>;

/** Catalyst 9300 and 3850. Inference. */
const SWITCH_BOOT = { type: 'normal', mean: 240, sd: 60, min: 90, max: 480 } as const satisfies Distribution;
/** Catalyst 9300 16.11, "Configuring Perpetual PoE and Fast PoE". */
const FAST_POE = { type: 'uniform', min: 15, max: 20 } as const satisfies Distribution;
/** The rest is inference. */
const PORT_INTERVAL_SECONDS = 0.3;
const FLOOR_INTERVAL_SECONDS = 30;
const UPS_WITHIN_SECONDS = 30;
const FEEDER_CYCLES = 3;
const FEEDER_UP = { type: 'uniform', min: 20, max: 60 } as const satisfies Distribution;
const FEEDER_DOWN = { type: 'uniform', min: 2, max: 10 } as const satisfies Distribution;
const CLUSTER_LAG_SECONDS = 1;
const DEFAULT_LAYOUT = { perSwitch: 48, switchesPerFloor: 4, floorsPerSite: 10 } as const;

/** The schedule of a scenario with `phones` phones, and what is wrong with it. */
export function settlePower(
  scenario: Scenario,
  inventory: Inventory | null,
  phones: number,
): { schedule: PowerSchedule; problems: readonly Problem[] } {
  const grid = scenario.phones.generate?.layout ?? DEFAULT_LAYOUT;
  const listed = inventory === null ? null : inventoryLayout(inventory.phones);
  const layout: Layout = listed?.layout ?? { type: 'grid', ...grid };
  const first = settleShape(scenario.ramp, ['ramp'], phones);
  const problems = [...first.problems, ...missingColumns(scenario.ramp, ['ramp'], inventory)];
  let outage: Outage | null = null;
  if (scenario.outage !== undefined) {
    const settled = settleOutage(scenario.outage, layout, listed?.switches ?? null, phones);
    problems.push(...settled.problems);
    problems.push(...missingColumns(scenario.outage.return, ['outage', 'return'], inventory));
    outage = settled.outage;
  }
  const { seed, timing } = scenario;
  return {
    schedule: { seed, compression: timing.compression, layout, firstStart: first.shape, outage },
    problems,
  };
}

/**
 * What an outage does to the lab's cluster: its CallManagers and its TFTP server go down and come back. A moment after
 * the phones, which would otherwise live to see their connections end.
 */
export function clusterEvents({ outage }: Scenario): readonly LabEvent[] {
  if (outage?.cluster !== 'returns-after') return [];
  const downSeconds = outage.duration + outage.clusterReturnsAfter;
  const killAt = outage.at + Math.min(CLUSTER_LAG_SECONDS, downSeconds / 2);
  return (['all', 'tftp'] as const).flatMap((node) => {
    const event = { from: 'start', node, resetType: 1 } as const;
    return [
      { ...event, at: killAt, do: 'kill' },
      { ...event, at: outage.at + downSeconds, do: 'restart' },
    ] as const;
  });
}

/** Whether switches power their ports one by one: then a port's own time is no part of step 1. */
export function powersPorts({ ramp, outage }: Scenario): boolean {
  return [ramp, outage?.return].some((shape) => shape !== undefined && switchesOf(shape) !== null);
}

function settleShape(
  written: WrittenShape,
  path: KeyPath,
  phones: number,
): { shape: PowerShape; problems: readonly Problem[] } {
  if (written === 'all at once') return { shape: { type: 'instant' }, problems: [] };
  if (isStages(written)) return settleStages(written, path, phones);
  return { shape: namedShape(written), problems: [] };
}

function namedShape(written: NamedShape): PowerShape {
  const switches = switchesOf(written);
  switch (written.shape) {
    case 'per-switch':
      return { type: 'per-switch', ...(switches ?? switchStart(written)) };
    case 'floor-by-floor':
      return {
        type: 'floor-by-floor',
        intervalSeconds: written.interval ?? FLOOR_INTERVAL_SECONDS,
        switches,
      };
    case 'ups-staggered':
      return {
        type: 'ups-staggered',
        withinSeconds: written.within ?? UPS_WITHIN_SECONDS,
        by: written.by ?? 'phone',
      };
    case 'flapping-feeder':
      return {
        type: 'flapping-feeder',
        by: written.by === undefined || written.by === 'phone' ? 'floor' : written.by,
        cycles: written.cycles ?? FEEDER_CYCLES,
        up: written.up ?? FEEDER_UP,
        down: written.down ?? FEEDER_DOWN,
        switches,
      };
    default:
      return written.shape satisfies never;
  }
}

/** Null where the switches have not lost power. */
function switchesOf(written: WrittenShape): SwitchStart | null {
  if (written === 'all at once' || isStages(written)) return null;
  const { shape, switchBoot, fastPoe } = written;
  const boots = shape === 'per-switch' || switchBoot !== undefined || fastPoe === true;
  return boots ? switchStart(written) : null;
}

function switchStart({ switchBoot, portInterval, fastPoe }: NamedShape): SwitchStart {
  return {
    boot: fastPoe === true ? FAST_POE : (switchBoot ?? SWITCH_BOOT),
    portIntervalSeconds: portInterval ?? PORT_INTERVAL_SECONDS,
  };
}

function isStages(written: WrittenShape): written is WrittenStages {
  return Array.isArray(written);
}

function settleStages(
  written: WrittenStages,
  path: KeyPath,
  phones: number,
): { shape: PowerShape; problems: readonly Problem[] } {
  const unnamed = written
    .slice(0, -1)
    .flatMap((stage, i) =>
      stage.phones === undefined
        ? [{ path: [...path, i], message: 'missing: phones (only the last stage may leave it out)' }]
        : [],
    );
  const counts = stageCounts(written, phones);
  const named = counts.reduce((sum: number, count) => sum + (count ?? 0), 0);
  const hasRest = counts.at(-1) === undefined;
  const stages = written.map((stage, at) => ({
    durationSeconds: stage.duration,
    phones: counts[at] ?? Math.max(0, phones - named),
  }));
  const message = `the stages have ${named} phones, the scenario has ${phones}`;
  const isRight = hasRest ? named <= phones : named === phones;
  const hint = hasRest ? '' : '; the last stage may leave `phones` out: it takes the rest';
  return {
    shape: { type: 'stages', stages },
    problems: [...unnamed, ...(isRight ? [] : [{ path, message: message + hint }])],
  };
}

/** Phones of each stage. Shares are cut from the running sum, so that rounding neither loses nor adds a phone. */
function stageCounts(written: WrittenStages, phones: number): readonly (number | undefined)[] {
  let share = 0;
  return written.map((stage) => {
    if (stage.phones === undefined || typeof stage.phones === 'number') return stage.phones;
    const before = Math.round(phones * share);
    share += stage.phones.share;
    return Math.round(phones * share) - before;
  });
}

function settleOutage(
  written: WrittenOutage,
  layout: Layout,
  switches: readonly SwitchNames[] | null,
  phones: number,
): { outage: Outage; problems: readonly Problem[] } {
  const returned = settleShape(written.return, ['outage', 'return'], phones);
  const { affected, problems } = settleAffected(written.which, layout, switches, phones);
  return {
    outage: {
      atSeconds: written.at,
      durationSeconds: written.duration,
      affected,
      return: returned.shape,
    },
    problems: [...returned.problems, ...problems],
  };
}

const WHICH_KEYS = { sites: 'site', floors: 'floor', switches: 'switch' } as const;

function settleAffected(
  which: WrittenOutage['which'],
  layout: Layout,
  switches: readonly SwitchNames[] | null,
  phones: number,
): { affected: Affected; problems: readonly Problem[] } {
  const path = ['outage', 'which'];
  if (which === undefined) return { affected: { type: 'all' }, problems: [] };
  const { share, ...places } = which;
  const named = Object.values(places).some((names) => names !== undefined);
  if (share !== undefined) {
    const message = 'either a share, or sites, floors and switches';
    return { affected: { type: 'share', ...share }, problems: named ? [{ path, message }] : [] };
  }
  if (!named) {
    const message = 'missing: share, sites, floors or switches';
    return { affected: { type: 'all' }, problems: [{ path, message }] };
  }
  const all = switches ?? gridSwitches(layout, phones);
  const hit = Uint8Array.from(all, (names) => (isNamed(names, places) ? 1 : 0));
  const message = `no phone is there${switches === null ? ': made-up phones have numbers, from 1' : ' in the inventory'}`;
  const problems = hit.includes(1) ? [] : [{ path, message }];
  return { affected: { type: 'switches', hit }, problems };
}

function isNamed(names: SwitchNames, places: Omit<NonNullable<WrittenOutage['which']>, 'share'>): boolean {
  return (Object.keys(WHICH_KEYS) as (keyof typeof WHICH_KEYS)[]).every((key) => {
    const wanted = places[key];
    return wanted === undefined || wanted.includes(names[WHICH_KEYS[key]]);
  });
}

/** Made-up switches are named by their numbers over the whole plan, from 1. */
function gridSwitches(layout: Layout, phones: number): readonly SwitchNames[] {
  const names: SwitchNames[] = [];
  for (let phone = 0; phone < phones; phone++) {
    const place = placeOf(layout, phone);
    names[place.switch] ??= {
      site: String(place.site + 1),
      floor: String(place.floor + 1),
      switch: String(place.switch + 1),
    };
  }
  return names;
}

/** A shape that goes by switches (floors, sites) needs to know them of every phone. */
function missingColumns(
  written: WrittenShape,
  path: KeyPath,
  inventory: Inventory | null,
): readonly Problem[] {
  if (inventory === null || written === 'all at once' || isStages(written)) return [];
  const columns = new Set<'site' | 'floor' | 'switch'>();
  if (switchesOf(written) !== null) columns.add('switch');
  if (written.shape === 'floor-by-floor') columns.add('floor');
  const by = written.by ?? (written.shape === 'flapping-feeder' ? 'floor' : 'phone');
  if (by !== 'phone') columns.add(by);
  return [...columns].flatMap((column) => {
    const without = inventory.phones.filter((phone) => phone[column] === '');
    const [first] = without;
    if (first === undefined) return [];
    const whom = `${without.length} of the ${inventory.phones.length} phones in ${inventory.file} have none (the first is ${first.mac})`;
    const message = `${written.shape} goes by the ${column} of a phone: ${whom}; fill the column "${column}", or choose another shape for ${formatPath(path)}`;
    return [{ path, message }];
  });
}
