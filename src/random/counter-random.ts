/**
 * Randomness without state: a number is a pure function of the run's seed, the phone, what it is for and how often
 * that has been asked before. Neither the number of workers nor the order of events can change a schedule.
 */

/** What a random number is used for: each purpose is a stream of its own. */
export const RANDOM_PURPOSES = [
  'image-time',
  'vlan-time',
  'power-time',
  'dhcp-xid',
  'dhcp-jitter',
  'reboot-pause',
  'keepalive-jitter',
  'unregister-pacing',
  'start-order',
  'dns-id',
  'lab-fault',
  'lab-keepalive',
  'flash-time',
  'sharing-time',
  'switch-boot',
  'ups-delay',
  'feeder-up',
  'feeder-down',
  'standby-keepalive-jitter',
  'standby-retry',
  'handshake-time',
  'tvs-session',
  'key-time',
  'spare-key',
  'phone-key',
] as const;

export type RandomPurpose = (typeof RANDOM_PURPOSES)[number];

const PURPOSE_CODE = new Map<RandomPurpose, number>(
  RANDOM_PURPOSES.map((purpose, index) => [purpose, index]),
);

/** 32 unsigned bits from (seed, phone index, purpose, attempt). Mixing by murmur3's finaliser, per word. */
export function hash32(seed: number, phone: number, purpose: RandomPurpose, attempt = 0): number {
  let h = seed >>> 0;
  h = mix(h, phone);
  h = mix(h, PURPOSE_CODE.get(purpose) ?? 0);
  h = mix(h, attempt);
  return h >>> 0;
}

/** Uniform in [0, 1), 32 bits of resolution. */
export function uniform01(seed: number, phone: number, purpose: RandomPurpose, attempt = 0): number {
  return hash32(seed, phone, purpose, attempt) / 0x1_0000_0000;
}

function mix(state: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  let h = state ^ k;
  h = Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
