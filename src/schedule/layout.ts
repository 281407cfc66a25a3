/** Which switch, floor and site a phone is connected to: what power comes from. Numbers count over the whole plan. */
export type Layout =
  /** Phones fill the ports of switch after switch, floor after floor. */
  | {
      readonly type: 'grid';
      readonly perSwitch: number;
      readonly switchesPerFloor: number;
      readonly floorsPerSite: number;
    }
  /** As an inventory lists them. */
  | {
      readonly type: 'listed';
      /** Switch of each phone. */
      readonly switches: Uint32Array;
      /** Port of each phone on its switch, from 0. */
      readonly ports: Uint32Array;
      /** Floor of each switch. */
      readonly floors: Uint32Array;
      /** Site of each floor. */
      readonly sites: Uint32Array;
      /** Place of each floor within its site, from 0. */
      readonly floorsOfSite: Uint32Array;
    };

export interface Place {
  readonly port: number;
  readonly switch: number;
  readonly floor: number;
  /** Place of the floor within its site, from 0. */
  readonly floorOfSite: number;
  readonly site: number;
}

/** What one branch of the power supply feeds. */
export const FEEDERS = ['switch', 'floor', 'site'] as const;
export type Feeder = (typeof FEEDERS)[number];

export function placeOf(layout: Layout, phone: number): Place {
  if (layout.type === 'grid') {
    const { perSwitch, switchesPerFloor, floorsPerSite } = layout;
    const onSwitch = Math.floor(phone / perSwitch);
    const floor = Math.floor(onSwitch / switchesPerFloor);
    return {
      port: phone % perSwitch,
      switch: onSwitch,
      floor,
      floorOfSite: floor % floorsPerSite,
      site: Math.floor(floor / floorsPerSite),
    };
  }
  const onSwitch = layout.switches[phone] ?? 0;
  const floor = layout.floors[onSwitch] ?? 0;
  return {
    port: layout.ports[phone] ?? 0,
    switch: onSwitch,
    floor,
    floorOfSite: layout.floorsOfSite[floor] ?? 0,
    site: layout.sites[floor] ?? 0,
  };
}
