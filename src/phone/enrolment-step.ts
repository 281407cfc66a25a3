import type { DeviceConfig } from '../protocols/device-config/device-config.ts';
import type { Phone, PhoneOutput } from './phone.ts';
import type { StepOutcome } from './step-outcome.ts';

/** Whether the phone contacts CAPF because of this configuration. */
export function mayEnrol(_phone: Phone, _config: DeviceConfig): boolean {
  return false;
}

export function beginEnrolment(
  _phone: Phone,
  _config: DeviceConfig,
  _now: number,
  _out: PhoneOutput,
): StepOutcome {
  return 'passed';
}
