/**
 * The last word on where packets go: every datagram and every connection passes here, whatever named its
 * destination (the user, a lease, a configuration file, a DNS answer). For now only loopback may be reached.
 */
import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** All that may be reached for now. */
export const LOOPBACK: readonly string[] = ['127.0.0.0/8', '::1/128'];

/** Decisions that are remembered; a run talks to a handful of servers. */
const MOST_REMEMBERED = 1024;

export class TargetGuard {
  readonly #allowed = new BlockList();
  readonly #remembered = new Map<string, boolean>();

  /** @param allow the networks that may be reached, in CIDR form */
  constructor(allow: readonly string[] = LOOPBACK) {
    for (const network of allow) {
      const [address = '', prefix = ''] = network.split('/');
      this.#allowed.addSubnet(address, Number(prefix), isIPv6(address) ? 'ipv6' : 'ipv4');
    }
  }

  /**
   * Whether packets may be sent to `address`. Only canonical text of an IP address counts: names, short forms
   * (`127.1`), octal forms (`0177.0.0.1`), zones, and IPv4 addresses dressed up as IPv6 are refused.
   */
  permits(address: string): boolean {
    const known = this.#remembered.get(address);
    if (known !== undefined) return known;
    const permitted = this.#decide(address);
    if (this.#remembered.size >= MOST_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(address, permitted);
    return permitted;
  }

  #decide(address: string): boolean {
    if (isIPv4(address)) return this.#allowed.check(address, 'ipv4');
    const plainIPv6 = isIPv6(address) && !address.includes('%') && !address.includes('.');
    return plainIPv6 && !/^(?:0*:)*:*(?:0*:)*ffff:/i.test(address) && this.#allowed.check(address, 'ipv6');
  }
}
