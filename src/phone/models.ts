import type { KeepAliveLossName } from '../protocols/sccp/keep-alive.ts';
import type { TlsProfileName } from './tls-profiles.ts';

/** What differs between the phone models that speak SCCP; the numbers are those of the CUCM typemodel table. */
export interface PhoneModel {
  /** `deviceType` in the SCCP Register message. */
  readonly deviceType: number;
  /** Lines that a stock button template offers; `maxLines` in the Register message. */
  readonly lines: number;
  /** DHCP option 60, without the trailing NUL that these models send (flan/staticdhcpd issue 28, a real 7911G). */
  readonly vendorClass: string;
  /** Firmware that the model runs in this simulation, by SCCP version. */
  readonly loads: { readonly 17: string; readonly 22: string };
  /**
   * What the model ran before an upgrade to one of `loads`. Any older load does: an inference, the setting is
   * `firmware.runningLoad`.
   */
  readonly olderLoads: { readonly 17: string; readonly 22: string };
  /** Files below the directory of the user locale and of the network locale. */
  readonly localeFiles: { readonly user: string; readonly network: string };
  /**
   * How the model takes a CallManager that does not answer its keepalives. Only a 7961 was observed: that the others
   * of the table do the same is inference, and a setting (`target.sccp.keepAliveLoss`).
   */
  readonly keepAliveLoss: KeepAliveLossName;
  /** TLS version and cipher suites: a row of `TLS_PROFILES`. */
  readonly tlsProfile: TlsProfileName;
  /**
   * Boots without a usable trust list before the phone goes on without TLS; null: it never does. A guide of the 7961G
   * (release 4.x) says "until"; those of 79x5 and 7975 (9.0) say four times. By model, not by load: inference.
   */
  readonly trustListAttempts: number | null;
  /**
   * Time from power to the first DHCPDISCOVER, mean and standard deviation in seconds. An estimate from
   * experience, not from a document: a setting in the scenario (`timing.image`).
   */
  readonly imageTimeSeconds: { readonly mean: number; readonly sd: number };
}

const VENDOR = 'Cisco Systems, Inc. IP Phone CP-';

function firmwareOf(family: string): Pick<PhoneModel, 'loads' | 'olderLoads'> {
  return {
    loads: { 17: `SCCP${family}.8-5-4S`, 22: `SCCP${family}.9-4-2SR3-1S` },
    olderLoads: { 17: `SCCP${family}.8-4-1S`, 22: `SCCP${family}.9-2-1S` },
  };
}

const FIRMWARE_41 = firmwareOf('41');
const FIRMWARE_42 = firmwareOf('42');
const FIRMWARE_45 = firmwareOf('45');
const FIRMWARE_70 = firmwareOf('70');
const FIRMWARE_75 = firmwareOf('75');

/**
 * Dictionaries as in.tftpd logs and provisioning repositories have them. Of 7970 and 7971 it is known only that they
 * ask for tc-sccp.jar or td-sccp.jar; which of them which, and that the 79x5 take td-sccp.jar, is our inference: a
 * setting (`target.files.localeJars`).
 */
const LOCALE_MK = { user: 'mk-sccp.jar', network: 'g3-tones.xml' } as const;
const LOCALE_TC = { user: 'tc-sccp.jar', network: 'g3-tones.xml' } as const;
const LOCALE_TD = { user: 'td-sccp.jar', network: 'g3-tones.xml' } as const;

export const PHONE_MODELS = {
  '7941G': {
    deviceType: 115,
    lines: 2,
    vendorClass: `${VENDOR}7941G`,
    ...FIRMWARE_41,
    localeFiles: LOCALE_MK,
    imageTimeSeconds: { mean: 45, sd: 5 },
    keepAliveLoss: '79x1',
    tlsProfile: '79xx',
    trustListAttempts: null,
  },
  '7941G-GE': {
    deviceType: 309,
    lines: 2,
    vendorClass: `${VENDOR}7941G-GE`,
    ...FIRMWARE_41,
    localeFiles: LOCALE_MK,
    imageTimeSeconds: { mean: 45, sd: 5 },
    keepAliveLoss: '79x1',
    tlsProfile: '79xx',
    trustListAttempts: null,
  },
  '7961G': {
    deviceType: 30018,
    lines: 6,
    vendorClass: `${VENDOR}7961G`,
    ...FIRMWARE_41,
    localeFiles: LOCALE_MK,
    imageTimeSeconds: { mean: 45, sd: 5 },
    keepAliveLoss: '79x1',
    tlsProfile: '79xx',
    trustListAttempts: null,
  },
  '7961G-GE': {
    deviceType: 308,
    lines: 6,
    vendorClass: `${VENDOR}7961G-GE`,
    ...FIRMWARE_41,
    localeFiles: LOCALE_MK,
    imageTimeSeconds: { mean: 45, sd: 5 },
    keepAliveLoss: '79x1',
    tlsProfile: '79xx',
    trustListAttempts: null,
  },
  '7942G': {
    deviceType: 434,
    lines: 2,
    vendorClass: `${VENDOR}7942G`,
    ...FIRMWARE_42,
    localeFiles: LOCALE_MK,
    imageTimeSeconds: { mean: 50, sd: 6 },
    keepAliveLoss: '79x1',
    tlsProfile: '79xx',
    trustListAttempts: 4,
  },
  '7945G': {
    deviceType: 435,
    lines: 2,
    vendorClass: `${VENDOR}7945G`,
    ...FIRMWARE_45,
    localeFiles: LOCALE_TD,
    imageTimeSeconds: { mean: 50, sd: 6 },
    keepAliveLoss: '79x1',
    tlsProfile: '79xx',
    trustListAttempts: 4,
  },
  '7962G': {
    deviceType: 404,
    lines: 6,
    vendorClass: `${VENDOR}7962G`,
    ...FIRMWARE_42,
    localeFiles: LOCALE_MK,
    imageTimeSeconds: { mean: 50, sd: 6 },
    keepAliveLoss: '79x1',
    tlsProfile: '79xx',
    trustListAttempts: 4,
  },
  '7965G': {
    deviceType: 436,
    lines: 6,
    vendorClass: `${VENDOR}7965G`,
    ...FIRMWARE_45,
    localeFiles: LOCALE_TD,
    imageTimeSeconds: { mean: 50, sd: 6 },
    keepAliveLoss: '79x1',
    tlsProfile: '79xx',
    trustListAttempts: 4,
  },
  '7970G': {
    deviceType: 30006,
    lines: 8,
    vendorClass: `${VENDOR}7970G`,
    ...FIRMWARE_70,
    localeFiles: LOCALE_TC,
    imageTimeSeconds: { mean: 45, sd: 5 },
    keepAliveLoss: '79x1',
    tlsProfile: '79xx',
    trustListAttempts: null,
  },
  '7971G-GE': {
    deviceType: 119,
    lines: 8,
    vendorClass: `${VENDOR}7971G-GE`,
    ...FIRMWARE_70,
    localeFiles: LOCALE_TD,
    imageTimeSeconds: { mean: 45, sd: 5 },
    keepAliveLoss: '79x1',
    tlsProfile: '79xx',
    trustListAttempts: null,
  },
  '7975G': {
    deviceType: 437,
    lines: 8,
    vendorClass: `${VENDOR}7975G`,
    ...FIRMWARE_75,
    localeFiles: LOCALE_TD,
    imageTimeSeconds: { mean: 50, sd: 6 },
    keepAliveLoss: '79x1',
    tlsProfile: '79xx',
    trustListAttempts: 4,
  },
} as const satisfies Record<string, PhoneModel>;

export type PhoneModelName = keyof typeof PHONE_MODELS;

export const PHONE_MODEL_NAMES = Object.keys(PHONE_MODELS) as readonly PhoneModelName[];
