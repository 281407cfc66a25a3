import { type AddressPool, addressAt, poolSize } from '../scenario/address-pool.ts';

/**
 * Which client has which address. The table keeps an address for its client for good, bound or not, as RFC 2131
 * section 4.3.1 wants it (first the client's current binding, then its previous one). Leases do not run out here:
 * a run is shorter than any lease worth giving.
 *
 * A phone of the plan has the address at its own place in the pool, as with reservations; any other client gets one
 * from the pool's end, where no phone of the plan has its place.
 */
export class LeaseTable {
  readonly #pool: AddressPool;
  readonly #size: number;
  /** Addresses before this place belong to phones of the plan. */
  readonly #reserved: number;
  readonly #placeOf: (client: string) => number | null;
  readonly #addressOf = new Map<string, string>();
  /** Who has taken the address by DHCPREQUEST. */
  readonly #boundTo = new Map<string, string>();
  readonly #declined = new Set<string>();
  #nextPlace: number;

  /** @param placeOf the place of a phone of the plan, null for other clients */
  constructor(pool: AddressPool, phoneCount: number, placeOf: (client: string) => number | null) {
    this.#pool = pool;
    this.#size = poolSize(pool);
    this.#reserved = Math.min(phoneCount, this.#size);
    this.#placeOf = placeOf;
    this.#nextPlace = this.#size - 1;
  }

  /** Clients that have taken their address and not given it back. */
  get bound(): number {
    return this.#boundTo.size;
  }

  /** The address that is the client's: the one it has, its reservation, or a free one; null when none is left. */
  addressFor(client: string): string | null {
    const known = this.recorded(client);
    if (known !== null) return known;
    const address = this.#freeAddress();
    if (address !== null) this.#addressOf.set(client, address);
    return address;
  }

  /** As `addressFor`, of clients that the table already knows. */
  recorded(client: string): string | null {
    const known = this.#addressOf.get(client);
    if (known !== undefined) return known;
    const place = this.#placeOf(client);
    if (place === null || place >= this.#size) return null;
    const address = addressAt(this.#pool, place);
    if (this.#declined.has(address)) return null;
    this.#addressOf.set(client, address);
    return address;
  }

  bind(client: string, address: string): void {
    this.#boundTo.set(address, client);
  }

  /** The client gives its address back. It gets the same when it comes again. */
  release(client: string, address: string): boolean {
    return this.#boundTo.get(address) === client && this.#boundTo.delete(address);
  }

  /** The client has found its address in use by somebody else: nobody gets it again. */
  decline(client: string, address: string): boolean {
    if (this.#addressOf.get(client) !== address) return false;
    this.#addressOf.delete(client);
    this.#boundTo.delete(address);
    this.#declined.add(address);
    return true;
  }

  #freeAddress(): string | null {
    if (this.#nextPlace < this.#reserved) return null;
    return addressAt(this.#pool, this.#nextPlace--);
  }
}
