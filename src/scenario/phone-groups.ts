/** Where phones are and what they are, as metrics tell them apart: by site and model, within a bound. */
import { MOST_GROUPS, OTHER } from '../metrics/series-bounds.ts';
import type { PhoneGroup } from '../metrics/site-tally.ts';
import { PHONE_MODEL_NAMES } from '../phone/models.ts';
import { placeOf } from '../schedule/layout.ts';
import type { Inventory } from './inventory.ts';
import { modelOf, type RunPlan } from './plan.ts';

/** Stands for the site of phones of which the inventory names none. */
const UNNAMED = 'unknown';

type GroupedPlan = Pick<RunPlan, 'phones' | 'phoneCount' | 'power'>;

/**
 * What metrics call the sites of a plan, by their number in its layout. Made-up ones are numbers from 1. Where sites and
 * models make more than `MOST_GROUPS` pairs, the sites with the fewest phones share the name `other`.
 */
export function siteNames(plan: GroupedPlan, inventory: Inventory | null): readonly string[] {
  const names = namesByNumber(plan, inventory);
  const sites = new Map<string, { phones: number; readonly models: Set<string> }>();
  for (let phone = 0; phone < plan.phoneCount; phone++) {
    const name = names[siteOf(plan, phone)] as string;
    const site = sites.get(name) ?? { phones: 0, models: new Set() };
    sites.set(name, site);
    site.phones += 1;
    site.models.add(modelOf(plan.phones, phone));
  }
  const pairs = [...sites.values()].reduce((sum, { models }) => sum + models.size, 0);
  if (pairs <= MOST_GROUPS) return names;
  let room = MOST_GROUPS - PHONE_MODEL_NAMES.length;
  const kept = new Set<string>();
  for (const [name, { models }] of [...sites].sort(([, a], [, b]) => b.phones - a.phones)) {
    room -= models.size;
    if (room < 0) break;
    kept.add(name);
  }
  return names.map((name) => (kept.has(name) ? name : OTHER));
}

/** Finds the group of a phone by its place in the plan: the same object for all phones of a group. */
export function groupFinder(plan: GroupedPlan & Pick<RunPlan, 'siteNames'>): (index: number) => PhoneGroup {
  const groups = new Map<string, PhoneGroup>();
  return (index) => {
    const site = plan.siteNames[siteOf(plan, index)] ?? UNNAMED;
    const model = modelOf(plan.phones, index);
    const key = `${site}\n${model}`;
    let group = groups.get(key);
    if (group === undefined) groups.set(key, (group = { site, model }));
    return group;
  };
}

export function countGroups(plan: Parameters<typeof groupFinder>[0]): number {
  const groupOf = groupFinder(plan);
  return new Set(Array.from({ length: plan.phoneCount }, (_, index) => groupOf(index))).size;
}

function siteOf({ power }: GroupedPlan, phone: number): number {
  return placeOf(power.layout, phone).site;
}

function namesByNumber(plan: GroupedPlan, inventory: Inventory | null): string[] {
  const names: string[] = [];
  for (let phone = 0; phone < plan.phoneCount; phone++) {
    const site = siteOf(plan, phone);
    names[site] ??= inventory === null ? String(site + 1) : inventory.phones[phone]?.site || UNNAMED;
  }
  return names;
}
