import type { Distribution } from '../../random/distribution.ts';
import { type Draw, drawSeconds } from '../draw.ts';
import type { Feeder, Place } from '../layout.ts';
import { type SwitchStart, switchSeconds } from './per-switch.ts';

/** Feeders come back, fail again, and so on: each phone behind one is power-cycled with it. */
export interface FlappingFeederShape {
  readonly type: 'flapping-feeder';
  readonly by: Feeder;
  /** Times that power returns; after the last it stays. */
  readonly cycles: number;
  /** How long it stays before it fails again, and how long it is away. */
  readonly up: Distribution;
  readonly down: Distribution;
  /** Null: phones have power as soon as their feeder has. */
  readonly switches: SwitchStart | null;
}

/** A feeder is neither on nor off for less. */
const SHORTEST_SECONDS = 0.01;

/**
 * Tells `visit` each time that the phone gets power, and when it loses it again: infinite for the last. A phone whose
 * switch is not ready before the feeder fails again misses that cycle.
 */
export function visitFlappingCycles(
  shape: FlappingFeederShape,
  place: Place,
  draw: Draw,
  visit: (cycle: number, onSeconds: number, offSeconds: number) => void,
): void {
  const feeder = place[shape.by];
  let feederOn = 0;
  for (let cycle = 0; cycle < shape.cycles; cycle++) {
    const isLast = cycle === shape.cycles - 1;
    const up = Math.max(SHORTEST_SECONDS, drawSeconds(draw, shape.up, feeder, 'feeder-up', cycle));
    const feederOff = isLast ? Number.POSITIVE_INFINITY : feederOn + up;
    const wait = shape.switches === null ? 0 : switchSeconds(shape.switches, place, draw, cycle);
    if (feederOn + wait < feederOff) visit(cycle, feederOn + wait, feederOff);
    feederOn =
      feederOff + Math.max(SHORTEST_SECONDS, drawSeconds(draw, shape.down, feeder, 'feeder-down', cycle));
  }
}
