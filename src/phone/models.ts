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
   * Time from power to the first DHCPDISCOVER, mean and standard deviation in seconds. An estimate from
   * experience, not from a document: a setting in the scenario (`timing.image`).
   */
  readonly imageTimeSeconds: { readonly mean: number; readonly sd: number };
}

const VENDOR = 'Cisco Systems, Inc. IP Phone CP-';
const LOADS_41 = { 17: 'SCCP41.8-5-4S', 22: 'SCCP41.9-4-2SR3-1S' } as const;
const LOADS_42 = { 17: 'SCCP42.8-5-4S', 22: 'SCCP42.9-4-2SR3-1S' } as const;
const LOADS_45 = { 17: 'SCCP45.8-5-4S', 22: 'SCCP45.9-4-2SR3-1S' } as const;
const LOADS_70 = { 17: 'SCCP70.8-5-4S', 22: 'SCCP70.9-4-2SR3-1S' } as const;
const LOADS_75 = { 17: 'SCCP75.8-5-4S', 22: 'SCCP75.9-4-2SR3-1S' } as const;

export const PHONE_MODELS = {
  '7941G': {
    deviceType: 115,
    lines: 2,
    vendorClass: `${VENDOR}7941G`,
    loads: LOADS_41,
    imageTimeSeconds: { mean: 45, sd: 5 },
  },
  '7941G-GE': {
    deviceType: 309,
    lines: 2,
    vendorClass: `${VENDOR}7941G-GE`,
    loads: LOADS_41,
    imageTimeSeconds: { mean: 45, sd: 5 },
  },
  '7961G': {
    deviceType: 30018,
    lines: 6,
    vendorClass: `${VENDOR}7961G`,
    loads: LOADS_41,
    imageTimeSeconds: { mean: 45, sd: 5 },
  },
  '7961G-GE': {
    deviceType: 308,
    lines: 6,
    vendorClass: `${VENDOR}7961G-GE`,
    loads: LOADS_41,
    imageTimeSeconds: { mean: 45, sd: 5 },
  },
  '7942G': {
    deviceType: 434,
    lines: 2,
    vendorClass: `${VENDOR}7942G`,
    loads: LOADS_42,
    imageTimeSeconds: { mean: 50, sd: 6 },
  },
  '7945G': {
    deviceType: 435,
    lines: 2,
    vendorClass: `${VENDOR}7945G`,
    loads: LOADS_45,
    imageTimeSeconds: { mean: 50, sd: 6 },
  },
  '7962G': {
    deviceType: 404,
    lines: 6,
    vendorClass: `${VENDOR}7962G`,
    loads: LOADS_42,
    imageTimeSeconds: { mean: 50, sd: 6 },
  },
  '7965G': {
    deviceType: 436,
    lines: 6,
    vendorClass: `${VENDOR}7965G`,
    loads: LOADS_45,
    imageTimeSeconds: { mean: 50, sd: 6 },
  },
  '7970G': {
    deviceType: 30006,
    lines: 8,
    vendorClass: `${VENDOR}7970G`,
    loads: LOADS_70,
    imageTimeSeconds: { mean: 45, sd: 5 },
  },
  '7971G-GE': {
    deviceType: 119,
    lines: 8,
    vendorClass: `${VENDOR}7971G-GE`,
    loads: LOADS_70,
    imageTimeSeconds: { mean: 45, sd: 5 },
  },
  '7975G': {
    deviceType: 437,
    lines: 8,
    vendorClass: `${VENDOR}7975G`,
    loads: LOADS_75,
    imageTimeSeconds: { mean: 50, sd: 6 },
  },
} as const satisfies Record<string, PhoneModel>;

export type PhoneModelName = keyof typeof PHONE_MODELS;

export const PHONE_MODEL_NAMES = Object.keys(PHONE_MODELS) as readonly PhoneModelName[];
