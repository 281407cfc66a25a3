import { isIPv4 } from 'node:net';

/** IPv4 addresses in order, as ranges: a million of them are two numbers. Plain data. */
export type AddressPool = readonly AddressRange[];

export interface AddressRange {
  /** The first address as a number, most significant octet first. */
  readonly first: number;
  readonly count: number;
}

/**
 * From one address, a range `a-b`, or a CIDR block; null for anything else. Of a block wider than /31 the first and
 * the last address are left out, as they name the network and its broadcast.
 */
export function parseAddressRange(text: string): AddressRange | null {
  const [head = '', tail, ...more] = text.trim().split(/[-/]/);
  const first = addressNumber(head.trim());
  if (first === null || more.length > 0) return null;
  if (tail === undefined) return { first, count: 1 };
  if (text.includes('-')) {
    const last = addressNumber(tail.trim());
    return last === null || last < first ? null : { first, count: last - first + 1 };
  }
  if (!/^\d{1,2}$/.test(tail) || Number(tail) > 32) return null;
  const size = 2 ** (32 - Number(tail));
  const network = first - (first % size);
  return size > 2 ? { first: network + 1, count: size - 2 } : { first: network, count: size };
}

export function poolSize(pool: AddressPool): number {
  return pool.reduce((size, range) => size + range.count, 0);
}

/** The address at `index`; past the end it begins again with the first. */
export function addressAt(pool: AddressPool, index: number): string {
  let rest = index % poolSize(pool);
  for (const { first, count } of pool) {
    if (rest < count) return addressText(first + rest);
    rest -= count;
  }
  throw new RangeError('an address pool without addresses');
}

/** "127.16.0.1-127.31.255.254" */
export function formatPool(pool: AddressPool): string {
  return pool
    .map(({ first, count }) =>
      count === 1 ? addressText(first) : `${addressText(first)}-${addressText(first + count - 1)}`,
    )
    .join(', ');
}

function addressNumber(text: string): number | null {
  if (!isIPv4(text)) return null;
  return text.split('.').reduce((value, octet) => value * 256 + Number(octet), 0);
}

function addressText(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}
