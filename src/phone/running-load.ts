import type { RegistrationSettings } from '../protocols/sccp/registration.ts';
import { PHONE_MODELS } from './models.ts';
import type { Phone } from './phone.ts';

/** The firmware that the phone's configuration names, without `.loads`; null: none. */
export function configuredLoad({ config, identity }: Phone): string | null {
  if (config === null) return null;
  if ('loads' in config) return config.loads.get(PHONE_MODELS[identity.model].deviceType) ?? null;
  return config.loadInformation;
}

/** The firmware that the phone runs: what stands in its Register and Alarm messages. */
export function runningLoad(phone: Phone): string {
  const { identity, environment, flash } = phone;
  return (
    flash.load ??
    configuredLoad(phone) ??
    PHONE_MODELS[identity.model].loads[environment.settings.sccp.protocolVersion]
  );
}

/** What the phone's registrations have in common with those of all phones like it. */
export function registrationSettings(phone: Phone): RegistrationSettings {
  return phone.environment.registrationOf(phone.identity.model, runningLoad(phone));
}
