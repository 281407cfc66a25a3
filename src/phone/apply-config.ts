/**
 * Reset type 3, apply config: a phone in service reads its configuration again and stays registered meanwhile. It
 * unregisters and starts again at its configuration only when something has changed that needs it: the group of
 * CallManagers, the protocol, the firmware or the security mode (which ones is partly our inference). A file that
 * can't be had changes nothing.
 *
 *   Reset 3   SEP<MAC>.cnf.xml   received, no need  stays, with the new configuration
 *                                received, needed   UnregisterReq, then as Reset 2
 *                                for SIP phones     the same: the phone can't work with it
 *                                not to be had      stays, with the old configuration
 *   Reset 3, while it is read                       when that is over, reads it again: it may have been the old one
 */
import type { DefaultConfig, DeviceConfig } from '../protocols/device-config/device-config.ts';
import { applyConfiguration } from '../protocols/sccp/registration.ts';
import { beginConfiguration } from './config-step.ts';
import { abandonFile } from './file-steps.ts';
import type { Phone, PhoneOutput } from './phone.ts';
import type { StepOutcome } from './step-outcome.ts';

export function beginApplyConfig(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  phone.applyConfigAsked = false;
  if (phone.environment.settings.skip.config) return 'pending';
  return onConfigurationRead(phone, beginConfiguration(phone, now, out), now, out);
}

/** The outcome of reading the configuration, of a phone in service. */
function onConfigurationRead(phone: Phone, outcome: StepOutcome, now: number, out: PhoneOutput): StepOutcome {
  if (outcome !== 'pending' && phone.applyConfigAsked) return beginApplyConfig(phone, now, out);
  const isUnusable = outcome === 'failed' && phone.lastFailure?.cause === 'config-not-sccp';
  if (isUnusable || (outcome === 'passed' && needsRestart(phone.appliedConfig, phone.config))) {
    const scope = out.sccp[phone.callManager];
    if (phone.sccp && scope) applyConfiguration(phone.sccp, scope);
  } else if (outcome === 'passed') {
    phone.appliedConfig = phone.config;
  }
  return 'pending';
}

/** A phone in service reads its configuration for another reason than one that boots. */
export function onFileOutcome(
  phone: Phone,
  outcome: StepOutcome,
  now: number,
  out: PhoneOutput,
): StepOutcome {
  return phone.state === 'inService' ? onConfigurationRead(phone, outcome, now, out) : outcome;
}

/** The registration has ended: what is being read is of no use any more. */
export function dropApplyConfig(phone: Phone, now: number, out: PhoneOutput): void {
  phone.applyConfigAsked = false;
  if (phone.state !== 'inService' || phone.stage !== 'config') return;
  abandonFile(phone, now, out);
  phone.stage = null;
}

type Config = DeviceConfig | DefaultConfig;

function needsRestart(before: Config | null, after: Config | null): boolean {
  if (before === after) return false;
  return JSON.stringify(before && restartFacts(before)) !== JSON.stringify(after && restartFacts(after));
}

function restartFacts(config: Config): unknown {
  const { callManagers } = config;
  if ('loads' in config) return { callManagers, loads: [...config.loads] };
  const { srst, protocol, loadInformation, deviceSecurityMode } = config;
  return { callManagers, srst, protocol, loadInformation, deviceSecurityMode };
}
