import type { Draw } from './draw.ts';
import { type Layout, placeOf } from './layout.ts';
import { type FlappingFeederShape, visitFlappingCycles } from './shapes/flapping-feeder.ts';
import { type FloorByFloorShape, floorByFloorSeconds } from './shapes/floor-by-floor.ts';
import { type InstantShape, instantSeconds } from './shapes/instant.ts';
import { type PerSwitchShape, switchSeconds } from './shapes/per-switch.ts';
import { type StagesShape, stagesSeconds } from './shapes/stages.ts';
import { type UpsStaggeredShape, upsStaggeredSeconds } from './shapes/ups-staggered.ts';

/** How power returns to a plan's phones, as arithmetic: the time of each is a pure function of its number. */
export type PowerShape =
  | InstantShape
  | StagesShape
  | PerSwitchShape
  | FloorByFloorShape
  | UpsStaggeredShape
  | FlappingFeederShape;

/**
 * Tells `visit` when power comes to a phone, seconds from the shape's beginning, and when it is lost again: infinite
 * for the last cycle, and all shapes but one have a single one. A phone that the shape does not reach is not visited.
 */
export function visitPowerCycles(
  shape: PowerShape,
  layout: Layout,
  phone: number,
  draw: Draw,
  visit: (cycle: number, onSeconds: number, offSeconds: number) => void,
): void {
  if (shape.type === 'flapping-feeder') {
    return visitFlappingCycles(shape, placeOf(layout, phone), draw, visit);
  }
  const seconds = onlySeconds(shape, layout, phone, draw);
  if (Number.isFinite(seconds)) visit(0, seconds, Number.POSITIVE_INFINITY);
}

/** How often power returns to a phone, at most. */
export function cyclesOf(shape: PowerShape): number {
  return shape.type === 'flapping-feeder' ? shape.cycles : 1;
}

function onlySeconds(
  shape: Exclude<PowerShape, FlappingFeederShape>,
  layout: Layout,
  phone: number,
  draw: Draw,
): number {
  switch (shape.type) {
    case 'instant':
      return instantSeconds();
    case 'stages':
      return stagesSeconds(shape, phone);
    case 'per-switch':
      return switchSeconds(shape, placeOf(layout, phone), draw);
    case 'floor-by-floor':
      return floorByFloorSeconds(shape, placeOf(layout, phone), draw);
    case 'ups-staggered':
      return upsStaggeredSeconds(shape, phone, placeOf(layout, phone), draw);
    default:
      return shape satisfies never;
  }
}
