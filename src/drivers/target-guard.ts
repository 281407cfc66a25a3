import { BlockList, isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { BootstormError } from '../errors.ts';

const CACHE_LIMIT = 4096;

/**
 * Decides whether an address may be reached. Every connection and every datagram asks, whoever named the address:
 * the user, a lease, a configuration file, an answer from a name server.
 *
 * Allowed are loopback (127.0.0.0/8 and ::1) and what the constructor is given. A text is judged only if it is the
 * one canonical spelling of an address: four decimal numbers without leading zeros, or IPv6 as RFC 5952 writes it.
 * Everything else is denied: names, `127.1`, octal and hexadecimal forms, zones, and IPv4-mapped IPv6, by which
 * any IPv4 address could be reached under another name.
 */
export class TargetGuard {
  readonly #allowed = new BlockList();
  readonly #decisions = new Map<string, boolean>();

  /**
   * @param allow further networks, `address/prefix`
   * @throws BootstormError invalid-scenario if one of them is not a network
   */
  constructor(allow: readonly string[] = []) {
    for (const network of ['127.0.0.0/8', '::1/128', ...allow]) {
      const { address, prefix, family } = parseNetwork(network);
      this.#allowed.addSubnet(address, prefix, family);
    }
  }

  allows(address: string): boolean {
    const known = this.#decisions.get(address);
    if (known !== undefined) return known;
    const family = canonicalFamily(address);
    const decision = family !== null && this.#allowed.check(address, family);
    if (this.#decisions.size >= CACHE_LIMIT) this.#decisions.clear();
    this.#decisions.set(address, decision);
    return decision;
  }
}

/** The family of an address in its canonical spelling; null for any other text. */
function canonicalFamily(text: string): 'ipv4' | 'ipv6' | null {
  if (isIPv4(text)) return 'ipv4'; // node:net takes four decimal numbers without leading zeros, and nothing else
  if (text.includes('%') || !ipaddr.IPv6.isValid(text)) return null;
  const address = ipaddr.IPv6.parse(text);
  if (address.isIPv4MappedAddress() || address.toRFC5952String() !== text) return null;
  return 'ipv6';
}

function parseNetwork(text: string): { address: string; prefix: number; family: 'ipv4' | 'ipv6' } {
  const match = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text);
  const address = match?.[1] ?? '';
  const prefix = Number(match?.[2]);
  const family = canonicalFamily(address);
  if (family === null || !(prefix <= (family === 'ipv4' ? 32 : 128))) {
    throw new BootstormError('invalid-scenario', `"${text}" is not a network`, {
      hint: 'write it as address/prefix, for example 10.20.0.0/16 or fd00::/8',
    });
  }
  return { address, prefix, family };
}
