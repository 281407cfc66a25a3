import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

/**
 * Layouts as declarations. A message is written down once,
 *
 *     const lineStat = struct({ lineNumber: u32le, dirNumber: fixedText(24) });
 *
 * and its type, its reader and its writer all follow from that: they cannot drift apart.
 */

/** A layout that knows where it stands: `path` of every error is already in it. */
export interface Field<T> {
  /** The fewest bytes that it takes: for a fixed layout, all of them. */
  readonly size: number;
  /** Raises DecodeError when the bytes end too early or make no sense. */
  read(reader: ByteReader): T;
  /** Raises RangeError when the value does not fit the layout: that is our bug, not a peer's. */
  write(writer: ByteWriter, value: T): void;
}

/** A layout that waits for its place: the path is what a DecodeError will call it. */
export type Codec<T> = (path: string) => Field<T>;

/** The type of the values of a codec. */
export type ValueOf<C> = C extends Codec<infer T> ? T : never;

type Shape = Readonly<Record<string, Codec<unknown>>>;

/** Fields that always are there, then fields that are there as far as the bytes reach. */
export type StructOf<Head extends Shape, Tail extends Shape> = {
  [K in keyof Head]: ValueOf<Head[K]>;
} & { [K in keyof Tail]?: ValueOf<Tail[K]> };

export const u8: Codec<number> = (path) => ({
  size: 1,
  read: (reader) => reader.u8(path),
  write: (writer, value) => writer.u8(value),
});

export const u16le: Codec<number> = (path) => ({
  size: 2,
  read: (reader) => reader.u16le(path),
  write: (writer, value) => writer.u16le(value),
});

export const u32le: Codec<number> = (path) => ({
  size: 4,
  read: (reader) => reader.u32le(path),
  write: (writer, value) => writer.u32le(value),
});

export const u16be: Codec<number> = (path) => ({
  size: 2,
  read: (reader) => reader.u16be(path),
  write: (writer, value) => writer.u16be(value),
});

export const u32be: Codec<number> = (path) => ({
  size: 4,
  read: (reader) => reader.u32be(path),
  write: (writer, value) => writer.u32be(value),
});

/** Dotted IPv4 text; four bytes in network order. */
export const ipv4: Codec<string> = (path) => ({
  size: 4,
  read: (reader) => reader.ipv4(path),
  write: (writer, value) => writer.ipv4(value),
});

/** Exactly `length` bytes. What is read shares memory with the input. */
export function bytes(length: number): Codec<Uint8Array> {
  return (path) => ({
    size: length,
    read: (reader) => reader.bytes(length, path),
    write: (writer, value) => {
      mustEqual(path, 'bytes', value.length, length);
      writer.bytes(value);
    },
  });
}

/** Everything up to the end. What is read shares memory with the input. */
export const rest: Codec<Uint8Array> = () => ({
  size: 0,
  read: (reader) => reader.rest(),
  write: (writer, value) => writer.bytes(value),
});

/** Latin-1 text in a NUL-filled field of which the last byte always is NUL. */
export function fixedText(length: number): Codec<string> {
  return (path) => ({
    size: length,
    read: (reader) => reader.fixedText(length, path),
    write: (writer, value) => writer.fixedText(value, length),
  });
}

/** Latin-1 text in a NUL-filled field that a text of full length fills without any NUL. */
export function fullText(length: number): Codec<string> {
  return (path) => ({
    size: length,
    read: (reader) => reader.fixedText(length, path),
    write: (writer, value) => {
      if (value.length > length) throw new RangeError(`${path}: "${value}" does not fit ${length} bytes`);
      writer.text(value).zeros(length - value.length);
    },
  });
}

/** Latin-1 text that ends at a NUL. */
export const nulText: Codec<string> = (path) => ({
  size: 1,
  read: (reader) => reader.nulText(path),
  write: (writer, value) => writer.nulText(value),
});

/** Latin-1 text to the first NUL or the end, whichever comes first; written with NULs up to `length` bytes. */
export function openText(length: number): Codec<string> {
  return (path) => ({
    size: 0,
    read: (reader) => reader.fixedText(reader.remaining, path),
    write: (writer, value) => {
      writer.nulText(value).zeros(Math.max(0, length - value.length - 1));
    },
  });
}

/** `count` zero bytes after the value; whatever stands there is skipped when read. */
export function padded<T>(codec: Codec<T>, count: number): Codec<T> {
  return (path) => {
    const field = codec(path);
    return {
      size: field.size + count,
      read: (reader) => {
        const value = field.read(reader);
        reader.skip(count, path);
        return value;
      },
      write: (writer, value) => {
        field.write(writer, value);
        writer.zeros(count);
      },
    };
  };
}

/** Exactly `length` elements. */
export function array<T>(length: number, element: Codec<T>): Codec<readonly T[]> {
  return (path) => {
    const field = element(path);
    return {
      size: length * field.size,
      read: (reader) => readMany(reader, field, length, path),
      write: (writer, values) => {
        mustEqual(path, 'elements', values.length, length);
        for (const value of values) field.write(writer, value);
      },
    };
  };
}

/** A count, that many elements, and further slots of no meaning up to `slots`, which a sender may leave out. */
export function counted<T>(
  count: Codec<number>,
  element: Codec<T>,
  unused: { readonly slots: number; readonly filler: T },
): Codec<readonly T[]> {
  return (path) => {
    const countField = count(`${path}.length`);
    const field = element(path);
    return {
      size: countField.size,
      read: (reader) => {
        const values = readMany(reader, field, countField.read(reader), path);
        const unread = (unused.slots - values.length) * field.size;
        reader.skip(Math.max(0, Math.min(unread, reader.remaining)), path);
        return values;
      },
      write: (writer, values) => {
        countField.write(writer, values.length);
        writeSlots(writer, field, values, unused);
      },
    };
  };
}

/**
 * Named fields in order. Those of `tail` were added to the layout over the years: when read, they are there as far
 * as the bytes reach, and the first that does not fit ends the struct; when written, the first undefined one does.
 */
export function struct<const Head extends Shape, const Tail extends Shape = Record<never, never>>(
  head: Head,
  tail?: Tail,
): Codec<StructOf<Head, Tail>> {
  return (path) => {
    const prefix = path === '' ? '' : `${path}.`;
    const headFields = bind(head, prefix);
    const tailFields = bind(tail ?? {}, prefix);
    return {
      size: headFields.reduce((sum, [, field]) => sum + field.size, 0),
      read: (reader) => {
        const value: Record<string, unknown> = {};
        for (const [name, field] of headFields) value[name] = field.read(reader);
        for (const [name, field] of tailFields) {
          if (reader.remaining < field.size) break;
          value[name] = field.read(reader);
        }
        return value as StructOf<Head, Tail>;
      },
      write: (writer, value) => {
        const values: Readonly<Record<string, unknown>> = value;
        for (const [name, field] of headFields) field.write(writer, values[name]);
        for (const [name, field] of tailFields) {
          if (values[name] === undefined) break;
          field.write(writer, values[name]);
        }
      },
    };
  };
}

/** Writes `values`, then the filler until there are `slots` elements; more values than slots are all written. */
export function writeSlots<T>(
  writer: ByteWriter,
  field: Field<T>,
  values: readonly T[],
  unused: { readonly slots: number; readonly filler: T },
): void {
  for (const value of values) field.write(writer, value);
  for (let slot = values.length; slot < unused.slots; slot++) field.write(writer, unused.filler);
}

/** `count` elements; a count of more than the bytes can hold raises DecodeError before anything is read. */
export function readMany<T>(reader: ByteReader, field: Field<T>, count: number, path: string): T[] {
  const needed = count * Math.max(1, field.size);
  if (needed > reader.remaining) reader.fail(path, `need ${needed} bytes, have ${reader.remaining}`);
  const values: T[] = [];
  for (let i = 0; i < count; i++) values.push(field.read(reader));
  return values;
}

function bind(shape: Shape, prefix: string): ReadonlyArray<readonly [string, Field<unknown>]> {
  return Object.entries(shape).map(([name, codec]) => [name, codec(prefix + name)]);
}

function mustEqual(path: string, what: string, actual: number, expected: number): void {
  if (actual !== expected) throw new RangeError(`${path}: ${actual} ${what}, not ${expected}`);
}
