/** How values are written for Redis. */
import { deflateSync, inflateSync } from 'node:zlib';

/** Fast: a snapshot is packed once a second, by the thread that also hears from workers. */
const SNAPSHOT_LEVEL = 1;

/** A snapshot, or a result: plain JSON, compressed. */
export function pack(value: unknown): Buffer {
  return deflateSync(JSON.stringify(value), { level: SNAPSHOT_LEVEL });
}

/** Throws where the bytes are not what `pack` made. */
export function unpack(packed: Buffer): unknown {
  return JSON.parse(inflateSync(packed).toString());
}

const ARRAYS = { Uint8Array, Uint32Array, Float64Array } as const;
type ArrayName = keyof typeof ARRAYS;

/** Stands in the text for what JSON has no word for. */
type Stand =
  | { readonly $array: ArrayName; readonly base64: string }
  | { readonly $number: 'Infinity' | '-Infinity' | 'NaN' };

/**
 * JSON that also keeps typed arrays (little-endian, as all machines that Node runs on but mainframes) and numbers that
 * are not finite: what a plan holds.
 */
export function packedText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown): unknown => {
    if (typeof part === 'number' && !Number.isFinite(part)) return { $number: String(part) };
    if (!ArrayBuffer.isView(part)) return part;
    const name = part.constructor.name;
    if (!(name in ARRAYS)) throw new TypeError(`${name} cannot be written`);
    const base64 = Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString('base64');
    return { $array: name, base64 };
  });
}

export function unpackedText(text: string): unknown {
  return JSON.parse(text, (_, part: unknown): unknown => {
    if (typeof part !== 'object' || part === null) return part;
    if ('$number' in part || '$array' in part) return standsFor(part as Stand);
    return part;
  });
}

function standsFor(stand: Stand): unknown {
  if ('$number' in stand) return Number(stand.$number);
  // A copy, because the bytes of a Buffer need not begin where a number may.
  const bytes = Uint8Array.from(Buffer.from(stand.base64, 'base64'));
  return new ARRAYS[stand.$array](bytes.buffer);
}
