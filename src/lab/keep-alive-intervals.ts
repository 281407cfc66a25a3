import { uniform01 } from '../random/counter-random.ts';
import type { LabSettings } from '../scenario/lab-settings.ts';

/** What a RegisterAck says, seconds: on the connection itself, and on a standby one. */
export type KeepAliveIntervals = Pick<LabSettings, 'keepAliveSeconds' | 'secondaryKeepAliveSeconds'>;

const LOWER_MAC_DIGITS = 8;

/** The intervals of a device: always the same ones, as much shorter than the settings as its place in the spread. */
export function intervalsOf(
  { keepAliveSeconds, secondaryKeepAliveSeconds, keepAliveSpread }: LabSettings,
  deviceName: string,
): KeepAliveIntervals {
  if (keepAliveSpread === 0) return { keepAliveSeconds, secondaryKeepAliveSeconds };
  const seed = Number.parseInt(deviceName.slice(-LOWER_MAC_DIGITS), 16);
  const share = 1 - keepAliveSpread * uniform01(Number.isNaN(seed) ? 0 : seed, 0, 'lab-keepalive');
  const shorter = (seconds: number): number => Math.max(1, Math.round(seconds * share));
  return {
    keepAliveSeconds: shorter(keepAliveSeconds),
    secondaryKeepAliveSeconds: shorter(secondaryKeepAliveSeconds),
  };
}
