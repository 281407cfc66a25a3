import type { Layout } from '../schedule/layout.ts';
import type { InventoryPhone } from './inventory.ts';

/** A switch of an inventory by its names; empty where the inventory says nothing. */
export type SwitchNames = Pick<InventoryPhone, 'site' | 'floor' | 'switch'>;

/**
 * The columns `site`, `floor` and `switch` as numbers, in the order in which they appear. Phones have the ports of their
 * switch in the order of the list. A name means something else on another floor, and a floor on another site.
 */
export function inventoryLayout(phones: readonly SwitchNames[]): {
  layout: Layout;
  switches: readonly SwitchNames[];
} {
  const sites = new Numbers();
  const floors = new Numbers();
  const switches = new Numbers();
  const names: SwitchNames[] = [];
  const phonesOn: number[] = [];
  const floorsOn: number[] = [];
  const floorOf: number[] = [];
  const siteOf: number[] = [];
  const floorOfSite: number[] = [];
  const switchOf = new Uint32Array(phones.length);
  const portOf = new Uint32Array(phones.length);
  for (const [i, phone] of phones.entries()) {
    const site = sites.of(phone.site);
    const floor = floors.of(`${site}\n${phone.floor}`);
    const onSwitch = switches.of(`${floor}\n${phone.switch}`);
    if (floor === siteOf.length) {
      siteOf.push(site);
      floorOfSite.push(floorsOn[site] ?? 0);
      floorsOn[site] = (floorsOn[site] ?? 0) + 1;
    }
    if (onSwitch === names.length) {
      names.push({ site: phone.site, floor: phone.floor, switch: phone.switch });
      floorOf.push(floor);
    }
    switchOf[i] = onSwitch;
    portOf[i] = phonesOn[onSwitch] ?? 0;
    phonesOn[onSwitch] = (phonesOn[onSwitch] ?? 0) + 1;
  }
  const layout = {
    type: 'listed',
    switches: switchOf,
    ports: portOf,
    floors: Uint32Array.from(floorOf),
    sites: Uint32Array.from(siteOf),
    floorsOfSite: Uint32Array.from(floorOfSite),
  } as const;
  return { layout, switches: names };
}

/** Numbers for names, from 0 in the order in which they are first asked for. */
class Numbers {
  readonly #numbers = new Map<string, number>();

  of(name: string): number {
    let number = this.#numbers.get(name);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(name, number);
    }
    return number;
  }
}
