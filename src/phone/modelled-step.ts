/** Steps 1 to 3 of Table 2-4: power, image and VLAN take modelled time, and nothing else. */
import { sampleSeconds } from '../random/distribution.ts';
import { imageTime } from './boot-settings.ts';
import { beginStage, type Phone, type PhoneOutput, waitModelled } from './phone.ts';
import type { StepOutcome } from './step-outcome.ts';

export function beginModelled(
  phone: Phone,
  step: 'power' | 'image' | 'vlan',
  now: number,
  out: PhoneOutput,
): StepOutcome {
  if (phone.environment.settings.skip[step]) return 'passed';
  beginStage(phone, step, now, out);
  waitModelled(phone, modelledTime(phone, step), out);
  return 'pending';
}

function modelledTime(phone: Phone, step: 'power' | 'image' | 'vlan'): number {
  const { timing, seed } = phone.environment.settings;
  const { index, model } = phone.identity;
  const distribution = step === 'image' ? imageTime(timing, model) : timing[step];
  return sampleSeconds(distribution, seed, index, `${step}-time`);
}
