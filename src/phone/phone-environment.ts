import type { KeyObject } from 'node:crypto';
import type { Credential, CredentialOrigin } from '../protocols/credential.ts';
import { DeviceConfigCache } from '../protocols/device-config/cache.ts';
import { DEFAULT_CONFIG_LIMITS } from '../protocols/device-config/parse.ts';
import { KEEP_ALIVE_LOSS } from '../protocols/sccp/keep-alive.ts';
import type { RegistrationSettings } from '../protocols/sccp/registration.ts';
import type { BootSettings } from './boot-settings.ts';
import type { GroupMember } from './call-manager-group.ts';
import { PHONE_MODELS, type PhoneModelName } from './models.ts';
import { TrustStore } from './trust-store.ts';

/**
 * What only the process may know that runs the phones: keys come as objects, and neither they nor the password are ever
 * written down.
 */
export interface PhoneSecrets {
  /** What a phone brings along; null: nothing of that kind. */
  readonly credentialOf: (deviceName: string, origin: CredentialOrigin) => Credential | null;
  /** A private key for a certificate that is still to come, by a draw in [0, 1); null: there is none. */
  readonly spareKey: (draw: number) => KeyObject | null;
  /** The authentication string for CAPF. */
  readonly capfPassword: string | null;
}

export const NO_SECRETS: PhoneSecrets = {
  credentialOf: () => null,
  spareKey: () => null,
  capfPassword: null,
};

/** What all phones of a worker share. */
export interface PhoneEnvironment {
  readonly settings: BootSettings;
  /** giaddr of the worker's relay endpoint; null with static addresses. */
  readonly relayAddress: string | null;
  readonly configs: DeviceConfigCache;
  readonly trust: TrustStore;
  readonly secrets: PhoneSecrets;
  /** The same object for all phones of a model that run the same firmware. */
  readonly registrationOf: (model: PhoneModelName, load: string) => RegistrationSettings;
  /** The group of each configuration; of the settings, where the scenario leaves configurations out. */
  readonly groups: WeakMap<object, readonly GroupMember[]>;
}

/** More kinds of phones than this are a server that names a new load for each of them: those are not remembered. */
const MOST_REGISTRATION_KINDS = 1000;

export function createEnvironment(
  settings: BootSettings,
  relayAddress: string | null,
  secrets: PhoneSecrets = NO_SECRETS,
): PhoneEnvironment {
  const { sccp, seed, tftp } = settings;
  const registrations = new Map<string, RegistrationSettings>();
  const registrationOf = (model: PhoneModelName, load: string): RegistrationSettings => {
    const key = `${model} ${load}`;
    const known = registrations.get(key);
    if (known !== undefined) return known;
    const { deviceType, lines: maxLines, keepAliveLoss: ofModel } = PHONE_MODELS[model];
    const keepAliveLoss = KEEP_ALIVE_LOSS[sccp.keepAliveLoss === 'model' ? ofModel : sccp.keepAliveLoss];
    const settled = { ...sccp, seed, instance: 0, deviceType, maxLines, load, keepAliveLoss };
    if (registrations.size < MOST_REGISTRATION_KINDS) registrations.set(key, settled);
    return settled;
  };
  return {
    settings,
    relayAddress,
    configs: new DeviceConfigCache({ ...DEFAULT_CONFIG_LIMITS, maxBytes: tftp.maxConfigBytes }),
    trust: new TrustStore(),
    secrets,
    registrationOf,
    groups: new WeakMap(),
  };
}
