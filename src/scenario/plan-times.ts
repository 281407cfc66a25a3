import { imageTime } from '../phone/boot-settings.ts';
import { longestSeconds } from '../random/distribution.ts';
import type { RunPlan } from './plan.ts';

/**
 * From the start to the end of the run where every phone comes into service at once it has been modelled: the last
 * power event, the longest modelled times, the hold and the drain, the first three cut to `maxDuration`. What the
 * network takes comes on top, and is what the run is to find out.
 */
export function leastDurationSeconds(plan: RunPlan): number {
  const untilHoldEnds = plan.lastPowerSeconds + modelledSeconds(plan) + plan.holdSeconds;
  const drain = plan.phoneCount / plan.drain.perSecond;
  return Math.min(untilHoldEnds, plan.maxDurationSeconds) + drain;
}

/** The longest that steps 1 to 3 take for a phone, compressed. */
export function modelledSeconds({ boot, phones }: Pick<RunPlan, 'boot' | 'phones'>): number {
  const { skip, timing } = boot;
  const models = phones.type === 'generated' ? phones.models : phones.modelNames;
  const power = skip.power ? 0 : longestSeconds(timing.power);
  const image = skip.image ? 0 : Math.max(...models.map((model) => longestSeconds(imageTime(timing, model))));
  const vlan = skip.vlan ? 0 : longestSeconds(timing.vlan);
  const { download, flashTime, sharingTime } = boot.firmware;
  // A phone with new firmware writes it to flash and boots again.
  const upgrade = download && !skip.config ? longestSeconds(flashTime) + longestSeconds(sharingTime) : 0;
  const boots = upgrade > 0 ? 2 : 1;
  return (power + (image + vlan) * boots + upgrade) / timing.compression;
}
