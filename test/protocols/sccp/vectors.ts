import { readFileSync } from 'node:fs';
import { toHex } from '../../../src/wire/hex.ts';

/* The vectors of test/vectors/sccp; its README says where each comes from. */

export interface Decoded {
  readonly headerVersion: number;
  readonly message: unknown;
}

export interface BuiltVector {
  readonly name: string;
  readonly direction: 'P>C' | 'C>P';
  readonly bytes: number;
  readonly hex: string;
}

export interface GenuineVector extends Decoded {
  readonly name: string;
  readonly source: string;
  readonly hex: string;
  readonly reencodes: boolean;
}

function load(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../vectors/sccp/${file}`, import.meta.url), 'utf8'));
}

export const BUILT = load('built.json') as readonly BuiltVector[];
export const BUILT_DECODED = load('built-decoded.json') as Readonly<Record<string, Decoded>>;
export const GENUINE = load('genuine.json') as readonly GenuineVector[];

export function builtHex(name: string): string {
  const vector = BUILT.find((row) => row.name === name);
  if (vector === undefined) throw new RangeError(`no vector ${name}`);
  return vector.hex;
}

/** A message as the vector files write it: byte strings as `hex:...`. */
export function asJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return `hex:${toHex(value)}`;
  if (Array.isArray(value)) return value.map(asJson);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asJson(item)]));
  }
  return value;
}

/** The other way round. */
export function fromJson(value: unknown): unknown {
  if (typeof value === 'string' && value.startsWith('hex:')) return Buffer.from(value.slice(4), 'hex');
  if (Array.isArray(value)) return value.map(fromJson);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromJson(item)]));
  }
  return value;
}
