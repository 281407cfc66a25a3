import type { Credential } from '../protocols/credential.ts';
import type { DefaultConfig, DeviceConfig, Locale } from '../protocols/device-config/device-config.ts';
import type { Lease } from '../protocols/dhcp/lease.ts';
import type { BootSettings } from './boot-settings.ts';
import type { PhoneModelName } from './models.ts';
import { NO_TRUST_LISTS, type TrustLists } from './trust-store.ts';

/** What survives power loss: the non-volatile memory of the phone. */
export interface Flash {
  /** The address it had, and who gave it. */
  lease: Pick<Lease, 'address' | 'serverId'> | null;
  /** The last good configuration. */
  config: DeviceConfig | DefaultConfig | null;
  /** Firmware that the phone runs, without `.loads`; null: what its configuration names. */
  load: string | null;
  /** Who it trusts: the CTL and the ITL that it has taken. */
  trust: TrustLists;
  /** The certificate that CAPF gave it, and its key. */
  lsc: Credential | null;
  /** Its last good configuration came encrypted. */
  encrypted: boolean;
  /** Locales whose files it has; null: those that the next configuration names. */
  locales: HeldLocales | null;
}

export interface HeldLocales {
  readonly user: Locale | null;
  readonly network: Locale | null;
}

const NO_LOCALES: HeldLocales = { user: null, network: null };

/**
 * What a phone remembers when power first returns. That warm flash holds the files of the configured locale is our
 * inference from "jar only when the version changes" (usecallmanager.nz, SEPMAC.cnf.xml). No trust list is there, warm
 * or not: which one, only the cluster could say, and the first that a phone downloads is the one it holds from then on.
 *
 * @param lease what it remembers with warm flash
 * @param lsc what it was given before, warm or not: the scenario names it to be used
 */
export function initialFlash(
  { flash, firmware }: BootSettings,
  model: PhoneModelName,
  lease: Flash['lease'] = null,
  lsc: Flash['lsc'] = null,
): Flash {
  const isWarm = flash === 'warm';
  return {
    lease: isWarm ? lease : null,
    config: null,
    trust: NO_TRUST_LISTS,
    lsc,
    encrypted: false,
    load: firmware.download ? firmware.runningLoads[model] : null,
    locales: isWarm ? null : NO_LOCALES,
  };
}
