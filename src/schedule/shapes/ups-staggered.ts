import { type Draw, drawSeconds } from '../draw.ts';
import type { Feeder, Place } from '../layout.ts';

/**
 * The switches stayed up on a UPS and only shed their phones: power returns to one unit after another within a short
 * time, without order.
 */
export interface UpsStaggeredShape {
  readonly type: 'ups-staggered';
  readonly withinSeconds: number;
  /** What comes back in one piece. */
  readonly by: 'phone' | Feeder;
}

export function upsStaggeredSeconds(
  { by, withinSeconds }: UpsStaggeredShape,
  phone: number,
  place: Place,
  draw: Draw,
): number {
  const unit = by === 'phone' ? phone : place[by];
  return drawSeconds(draw, { type: 'uniform', min: 0, max: withinSeconds }, unit, 'ups-delay');
}
