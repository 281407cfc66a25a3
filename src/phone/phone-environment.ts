import { DeviceConfigCache } from '../protocols/device-config/cache.ts';
import { DEFAULT_CONFIG_LIMITS } from '../protocols/device-config/parse.ts';
import { KEEP_ALIVE_LOSS } from '../protocols/sccp/keep-alive.ts';
import type { RegistrationSettings } from '../protocols/sccp/registration.ts';
import type { BootSettings } from './boot-settings.ts';
import type { GroupMember } from './call-manager-group.ts';
import { PHONE_MODELS, type PhoneModelName } from './models.ts';
import { TrustStore } from './trust-store.ts';

/** What all phones of a worker share. */
export interface PhoneEnvironment {
  readonly settings: BootSettings;
  /** giaddr of the worker's relay endpoint; null with static addresses. */
  readonly relayAddress: string | null;
  readonly configs: DeviceConfigCache;
  readonly trust: TrustStore;
  /** The same object for all phones of a model that run the same firmware. */
  readonly registrationOf: (model: PhoneModelName, load: string) => RegistrationSettings;
  /** The group of each configuration; of the settings, where the scenario leaves configurations out. */
  readonly groups: WeakMap<object, readonly GroupMember[]>;
}

/** More kinds of phones than this are a server that names a new load for each of them: those are not remembered. */
const MOST_REGISTRATION_KINDS = 1000;

export function createEnvironment(settings: BootSettings, relayAddress: string | null): PhoneEnvironment {
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
    registrationOf,
    groups: new WeakMap(),
  };
}
