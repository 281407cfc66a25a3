import { isKnownPhone } from '../scenario/lab-rules.ts';
import type { KnownPhones } from '../scenario/lab-settings.ts';
import { modelOf, securityOf } from '../scenario/plan.ts';
import type { LabPhones } from './lab-contract.ts';

const MAC_DIGITS = 12;
const MAC = /^[0-9A-F]{12}$/;
const DEVICE_PREFIX = 'SEP';
/** Extensions: seven digits from here on, by the phone's place in the plan. */
const FIRST_NUMBER = 1_000_000;
/** Of devices that the plan does not have, in the order in which they come. */
const FIRST_FOREIGN_NUMBER = 9_000_000;

/** The cluster's database: the phones of the plan by MAC, and which of them it holds. */
export class PhoneDirectory {
  readonly #database: LabPhones;
  readonly #known: KnownPhones;
  readonly #indexOf = new Map<string, number>();
  /** `known`, when it is a list. */
  readonly #listed: ReadonlySet<string> | null;
  readonly #foreignNumbers = new Map<string, number>();

  constructor(database: LabPhones, known: KnownPhones) {
    this.#database = database;
    this.#known = known;
    this.#listed = known.type === 'list' ? new Set(known.macs) : null;
    const { phones, phoneCount } = database;
    if (phones.type !== 'inventory') return;
    for (let index = 0; index < phoneCount; index++) {
      this.#indexOf.set(phones.macs.slice(index * MAC_DIGITS, (index + 1) * MAC_DIGITS), index);
    }
  }

  /** Phones of the plan. */
  get phoneCount(): number {
    return this.#database.phoneCount;
  }

  /** Place of a phone in the plan; null for a MAC that the plan does not have. */
  indexOf(mac: string): number | null {
    const { phones, phoneCount } = this.#database;
    if (phones.type === 'inventory') return this.#indexOf.get(mac) ?? null;
    if (!MAC.test(mac) || !mac.startsWith(phones.macPrefix)) return null;
    const index = Number.parseInt(mac.slice(phones.macPrefix.length), 16);
    return index < phoneCount ? index : null;
  }

  /** The model of a device; null for one that the plan does not have. */
  modelOf(deviceName: string): ReturnType<typeof modelOf> | null {
    const index = this.#placeOf(deviceName);
    return index === null ? null : modelOf(this.#database.phones, index);
  }

  /** The security mode that the inventory gives a device; undefined: it says nothing. */
  securityOf(deviceName: string): ReturnType<typeof securityOf> {
    const index = this.#placeOf(deviceName);
    return index === null ? undefined : securityOf(this.#database.phones, index);
  }

  #placeOf(deviceName: string): number | null {
    const mac = macOf(deviceName);
    return mac === null ? null : this.indexOf(mac);
  }

  /** Whether the database holds the device of this name (`SEP` and the MAC). */
  holds(deviceName: string): boolean {
    const mac = macOf(deviceName);
    if (mac === null) return false;
    if (this.#listed !== null) return this.#listed.has(mac);
    const index = this.indexOf(mac);
    return index !== null && isKnownPhone(this.#known, index, mac);
  }

  /** The extension of a device's first line: auto-registration gives one to every device (CUCM's range of numbers). */
  directoryNumber(deviceName: string): string {
    const index = this.#placeOf(deviceName);
    if (index !== null) return String(FIRST_NUMBER + index);
    let number = this.#foreignNumbers.get(deviceName);
    if (number === undefined) {
      number = FIRST_FOREIGN_NUMBER + this.#foreignNumbers.size;
      this.#foreignNumbers.set(deviceName, number);
    }
    return String(number);
  }
}

function macOf(deviceName: string): string | null {
  const mac = deviceName.slice(DEVICE_PREFIX.length);
  return deviceName.startsWith(DEVICE_PREFIX) && MAC.test(mac) ? mac : null;
}
