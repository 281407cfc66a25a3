import { ByteWriter } from './byte-writer.ts';
import type { Codec, Field, ValueOf } from './codec.ts';

/*
 * A run of elements, each of which says what it is and how long:
 *
 *   0     1          3
 *   +-----+----------+------------------+
 *   | tag | length   | value            |   length counts the value, big-endian
 *   +-----+----------+------------------+
 */

/** The elements of one protocol, by name. */
export type ElementTable = Readonly<Record<string, ElementKind<unknown>>>;

interface ElementKind<T> {
  readonly tag: number;
  readonly value: Codec<T>;
}

/** An element whose tag is not in the table: kept as it came. */
export interface UnknownElement {
  readonly tag: number;
  readonly value: Uint8Array;
}

/** Any of the elements; those that the table does not have stand in `unknown`. */
export type ElementsOf<Table extends ElementTable> = {
  readonly [Name in keyof Table]?: ValueOf<Table[Name]['value']>;
} & { readonly unknown?: readonly UnknownElement[] };

/** One row of the table. */
export function element<T>(tag: number, value: Codec<T>): ElementKind<T> {
  return { tag, value };
}

/**
 * Elements in any order, up to the end of the bytes. They are written in the order in which the value names them.
 * A known element that stands there twice, or whose value is longer than its layout, raises DecodeError.
 */
export function tagged<const Table extends ElementTable>(table: Table): Codec<ElementsOf<Table>> {
  return (path) => {
    const rows = Object.entries(table).map(([name, { tag, value }]): Row => {
      const place = path === '' ? name : `${path}.${name}`;
      return { name, tag, place, field: value(place) };
    });
    const byTag = new Map(rows.map((row) => [row.tag, row]));
    const byName = new Map(rows.map((row) => [row.name, row]));
    return {
      size: 0,
      read: (reader) => {
        const elements: Record<string, unknown> = {};
        const unknown: UnknownElement[] = [];
        while (reader.remaining > 0) {
          const tag = reader.u8('tag');
          const row = byTag.get(tag);
          const place = row?.place ?? `element${tag}`;
          const part = reader.part(reader.u16be(`${place}.length`), place);
          if (row === undefined) {
            unknown.push({ tag, value: part.rest() });
            continue;
          }
          if (row.name in elements) part.fail(place, 'more than once');
          elements[row.name] = row.field.read(part);
          if (part.remaining > 0) part.fail(place, `${part.remaining} bytes too many`);
        }
        if (unknown.length > 0) elements['unknown'] = unknown;
        return elements as ElementsOf<Table>;
      },
      write: (writer, elements) => {
        const { unknown, ...known } = elements;
        for (const [name, value] of Object.entries(known)) {
          const row = byName.get(name);
          if (row === undefined) throw new RangeError(`no such element: ${name}`);
          if (value === undefined) continue;
          const inner = new ByteWriter();
          row.field.write(inner, value);
          writeElement(writer, row.tag, inner.finish());
        }
        for (const { tag, value } of unknown ?? []) writeElement(writer, tag, value);
      },
    };
  };
}

interface Row {
  readonly name: string;
  readonly tag: number;
  readonly place: string;
  readonly field: Field<unknown>;
}

function writeElement(writer: ByteWriter, tag: number, value: Uint8Array): void {
  if (value.length > 0xffff) throw new RangeError(`${value.length} bytes in element ${tag}`);
  writer.u8(tag).u16be(value.length).bytes(value);
}

/** Elements for a trace, in their order; bytes are only counted, and of the texts in `hidden` not even that is told. */
export function describeElements(elements: object, hidden: readonly string[] = []): string {
  return Object.entries(elements)
    .map(([name, value]) => `${name}=${hidden.includes(name) ? 'hidden' : describeValue(value)}`)
    .join(' ');
}

function describeValue(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return `[${value.map(describeValue).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return `{${describeElements(value)}}`;
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
