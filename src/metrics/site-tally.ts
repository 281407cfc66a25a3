/** Where a phone is and what it is, as metrics tell phones apart. */
export interface PhoneGroup {
  readonly site: string;
  readonly model: string;
}

/** The phones of a group, plain data. */
export interface SiteRow extends PhoneGroup {
  readonly phones: number;
  /** Now. */
  readonly inService: number;
  readonly registrations: number;
  /** Tries that failed, and losses of service. */
  readonly failures: number;
}

/** Of phones of which nothing else is known. */
const ONE_GROUP: PhoneGroup = { site: 'unknown', model: 'unknown' };

/** Phones by site and model, and what those of each group did: 2 bytes for each phone. */
export class SiteTally {
  readonly #groups: PhoneGroup[] = [];
  /** Place of the phone's group in `#groups`. */
  readonly #groupOf: Uint16Array;
  readonly #phones: Uint32Array;
  readonly #inService: Uint32Array;
  readonly #registrations: Uint32Array;
  readonly #failures: Uint32Array;

  /** @param groupOf gives the same object for every phone of a group: by `MOST_GROUPS` few */
  constructor(phones: number, groupOf: (phone: number) => PhoneGroup = () => ONE_GROUP) {
    this.#groupOf = new Uint16Array(phones);
    const places = new Map<PhoneGroup, number>();
    for (let phone = 0; phone < phones; phone++) {
      const group = groupOf(phone);
      const place = places.get(group) ?? places.size;
      if (place === places.size) {
        places.set(group, place);
        this.#groups.push(group);
      }
      this.#groupOf[phone] = place;
    }
    const { size } = places;
    this.#phones = new Uint32Array(size);
    this.#inService = new Uint32Array(size);
    this.#registrations = new Uint32Array(size);
    this.#failures = new Uint32Array(size);
    for (let phone = 0; phone < phones; phone++) this.#count(this.#phones, phone, 1);
  }

  enteredService(phone: number): void {
    this.#count(this.#inService, phone, 1);
  }

  leftService(phone: number): void {
    this.#count(this.#inService, phone, -1);
  }

  registered(phone: number): void {
    this.#count(this.#registrations, phone, 1);
  }

  failed(phone: number): void {
    this.#count(this.#failures, phone, 1);
  }

  snapshot(): SiteRow[] {
    return this.#groups.map(({ site, model }, place) => ({
      site,
      model,
      phones: this.#phones[place] as number,
      inService: this.#inService[place] as number,
      registrations: this.#registrations[place] as number,
      failures: this.#failures[place] as number,
    }));
  }

  #count(counts: Uint32Array, phone: number, change: 1 | -1): void {
    const place = this.#groupOf[phone] as number;
    counts[place] = (counts[place] as number) + change;
  }
}
