import { fromHex } from '../../src/wire/hex.ts';

/** A value out of a JSON file, in which bytes stand as `{ "hex": "..." }`. */
export function reviveBytes(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('hex' in value) return Uint8Array.from(fromHex(String(value.hex)));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reviveBytes(inner)]));
}
