import type { SecurityLevel } from './boot-event.ts';
import type { PhoneModelName } from './models.ts';

/** Who a phone is: what stands on its label and in the CUCM database. */
export interface PhoneIdentity {
  /** Position in the whole plan, from 0: the key of all its randomness. */
  readonly index: number;
  /** Twelve upper-case hex digits. */
  readonly mac: string;
  readonly model: PhoneModelName;
  /** The device security mode that an inventory gives: for a lab's database. A phone goes by its configuration. */
  readonly security?: SecurityLevel;
  /** With peer firmware sharing: another phone of its subnet and model downloads for this one. */
  readonly firmwareFromPeer?: boolean;
}

/** `SEP` and the MAC in upper case: the device name in CUCM, in file names and in the Register message. */
export function deviceName(mac: string): string {
  return `SEP${mac}`;
}

const MAC_FORMS = [
  /^(?:SEP)?([0-9A-F]{12})$/i,
  /^([0-9A-F]{2}):([0-9A-F]{2}):([0-9A-F]{2}):([0-9A-F]{2}):([0-9A-F]{2}):([0-9A-F]{2})$/i,
  /^([0-9A-F]{2})-([0-9A-F]{2})-([0-9A-F]{2})-([0-9A-F]{2})-([0-9A-F]{2})-([0-9A-F]{2})$/i,
  /^([0-9A-F]{4})\.([0-9A-F]{4})\.([0-9A-F]{4})$/i,
];

/**
 * A MAC address from any of the ways people write it: 001122334455, 00:11:22:33:44:55, 00-11-22-33-44-55,
 * 0011.2233.4455 or SEP001122334455. Returns twelve upper-case hex digits, or null.
 */
export function parseMac(text: string): string | null {
  for (const form of MAC_FORMS) {
    const match = form.exec(text.trim());
    if (match) return match.slice(1).join('').toUpperCase();
  }
  return null;
}

/** The six octets of a MAC in the form that `parseMac` returns. */
export function macBytes(mac: string): Uint8Array {
  return Buffer.from(mac, 'hex');
}
