import type { Distribution } from '../../random/distribution.ts';
import { type Draw, drawSeconds } from '../draw.ts';
import type { Place } from '../layout.ts';

/**
 * A switch between the feeder and the phone: it boots when it gets power, then gives power to its ports, one after the
 * other. With Fast PoE the ports get it before the switch has booted (Catalyst 9300 16.11, "Configuring Perpetual PoE
 * and Fast PoE": 15 to 20 s after power returns, lowest interface first); that the switch forwards nothing before it
 * has booted is not modelled.
 */
export interface SwitchStart {
  /** From power at the switch to power at its first port. */
  readonly boot: Distribution;
  /** Between a port and the next one. */
  readonly portIntervalSeconds: number;
}

/** Every switch boots by itself, and then starts its phones port by port. */
export interface PerSwitchShape extends SwitchStart {
  readonly type: 'per-switch';
}

/** From power at the switch to power at the phone. */
export function switchSeconds(start: SwitchStart, place: Place, draw: Draw, cycle = 0): number {
  const boot = drawSeconds(draw, start.boot, place.switch, 'switch-boot', cycle);
  return (boot + place.port * start.portIntervalSeconds) / draw.compression;
}
