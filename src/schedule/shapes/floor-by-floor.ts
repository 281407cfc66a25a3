import type { Draw } from '../draw.ts';
import type { Place } from '../layout.ts';
import { type SwitchStart, switchSeconds } from './per-switch.ts';

/** Somebody closes the breakers of one floor after the other; all sites at the same time. */
export interface FloorByFloorShape {
  readonly type: 'floor-by-floor';
  /** From one floor to the next. */
  readonly intervalSeconds: number;
  /** Null: the switches have never lost power. */
  readonly switches: SwitchStart | null;
}

export function floorByFloorSeconds(shape: FloorByFloorShape, place: Place, draw: Draw): number {
  const floor = place.floorOfSite * shape.intervalSeconds;
  return floor + (shape.switches === null ? 0 : switchSeconds(shape.switches, place, draw));
}
