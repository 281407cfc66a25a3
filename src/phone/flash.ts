import type { DefaultConfig, DeviceConfig, Locale } from '../protocols/device-config/device-config.ts';
import type { Lease } from '../protocols/dhcp/lease.ts';
import type { BootSettings } from './boot-settings.ts';
import type { PhoneModelName } from './models.ts';

/** What survives power loss: the non-volatile memory of the phone. */
export interface Flash {
  /** The address it had, and who gave it. */
  lease: Pick<Lease, 'address' | 'serverId'> | null;
  /** The last good configuration. */
  config: DeviceConfig | DefaultConfig | null;
  /** Firmware that the phone runs, without `.loads`; null: what its configuration names. */
  load: string | null;
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
 * inference from "jar only when the version changes" (usecallmanager.nz, SEPMAC.cnf.xml).
 *
 * @param lease what it remembers with warm flash
 */
export function initialFlash(
  { flash, firmware }: BootSettings,
  model: PhoneModelName,
  lease: Flash['lease'] = null,
): Flash {
  const isWarm = flash === 'warm';
  return {
    lease: isWarm ? lease : null,
    config: null,
    load: firmware.download ? firmware.runningLoads[model] : null,
    locales: isWarm ? null : NO_LOCALES,
  };
}
