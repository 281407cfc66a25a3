import { ByteReader } from '../../wire/byte-reader.ts';

/**
 * The container of all trust files: a run of tag (1 byte), length (2 bytes, big-endian), value. A container tag's
 * value is a run of its own. Layout: usecallmanager.nz certutils (`tlvfile`, `sgnfile`, `enccnf`) and the TLV tables
 * of dkgroot/provision_sccp; both agree with the headers of some sixty Cisco firmware files.
 */
export interface TlvGrammar {
  /** The first part of a DecodeError's path. */
  readonly scope: string;
  /** What a DecodeError calls the value of a tag. */
  readonly names: Readonly<Record<number, string>>;
  /** Tags whose value is again a run of TLVs. */
  readonly containers: ReadonlySet<number>;
  /** The tag that is one byte and nothing else, or null where there is none. */
  readonly padding: number | null;
}

/** Bytes of a tag and a length. */
export const TLV_HEAD_BYTES = 3;

/** How a value is read; it must use its reader up. */
export type ValueReader<T> = (reader: ByteReader, field: string) => T;

/**
 * The values of one run by tag, whatever their order and however they are nested. Strict where it bounds the work:
 * every tag at most once (so at most 256 values, and no container inside itself), and every value inside its container.
 * Tags without a name are passed over. Raises only `DecodeError`.
 */
export class TlvRun {
  readonly #bytes: Uint8Array;
  readonly #grammar: TlvGrammar;
  readonly #spans = new Map<number, TlvSpan>();

  constructor(bytes: Uint8Array, grammar: TlvGrammar, start: number, end: number) {
    this.#bytes = bytes;
    this.#grammar = grammar;
    const reader = new ByteReader(bytes, grammar.scope, start, end);
    const openEnds: number[] = [end];
    while (reader.remaining > 0) {
      while (openEnds.length > 1 && openEnds.at(-1) === reader.offset) openEnds.pop();
      const tag = reader.u8('tag');
      if (tag === grammar.padding) continue;
      const field = this.#name(tag);
      const length = reader.u16be(`${field}.length`);
      const valueStart = reader.offset;
      const valueEnd = valueStart + length;
      const limit = openEnds.at(-1) ?? end;
      if (valueEnd > limit) reader.fail(field, `${length} bytes where ${limit - valueStart} are left`);
      if (this.#spans.has(tag)) reader.fail(field, 'more than once');
      this.#spans.set(tag, { start: valueStart, end: valueEnd });
      if (grammar.containers.has(tag)) openEnds.push(valueEnd);
      else reader.skip(length, field);
    }
  }

  /** Where the value of a tag lies. */
  span(tag: number): TlvSpan {
    return this.#spans.get(tag) ?? this.#missing(tag);
  }

  read<T>(tag: number, readValue: ValueReader<T>): T {
    const { start, end } = this.span(tag);
    const reader = new ByteReader(this.#bytes, this.#grammar.scope, start, end);
    const value = readValue(reader, this.#name(tag));
    if (reader.remaining > 0) reader.fail(this.#name(tag), `${reader.remaining} bytes too many`);
    return value;
  }

  /** As `read`; null where the tag is absent. */
  readOptional<T>(tag: number, readValue: ValueReader<T>): T | null {
    return this.#spans.has(tag) ? this.read(tag, readValue) : null;
  }

  /** A value that was read but cannot be. */
  fail(tag: number, reason: string): never {
    const { start, end } = this.span(tag);
    return new ByteReader(this.#bytes, this.#grammar.scope, start, end).fail(this.#name(tag), reason);
  }

  #missing(tag: number): never {
    const end = this.#bytes.length;
    return new ByteReader(this.#bytes, this.#grammar.scope, end, end).fail(this.#name(tag), 'is missing');
  }

  #name(tag: number): string {
    return this.#grammar.names[tag] ?? `tag${tag}`;
  }
}

/** From the first byte of a value to the one behind its last. */
export interface TlvSpan {
  readonly start: number;
  readonly end: number;
}

export const readU8: ValueReader<number> = (reader, field) => reader.u8(field);
export const readU16: ValueReader<number> = (reader, field) => reader.u16be(field);
export const readU32: ValueReader<number> = (reader, field) => reader.u32be(field);
/** Shares memory with the file. */
export const readBytes: ValueReader<Uint8Array> = (reader) => reader.rest();
/** Latin-1 up to the first NUL, which may be missing. UTF-8 passes through as its bytes. */
export const readText: ValueReader<string> = (reader, field) => reader.fixedText(reader.remaining, field);

/** One TLV; several parts stand in a row, as the TLVs in a container do. */
export function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length > 0xffff) throw new RangeError(`${length} bytes in a TLV`);
  return Buffer.concat([Uint8Array.of(tag, length >> 8, length & 0xff), ...parts]);
}

export function tlvU8(tag: number, value: number): Buffer {
  return tlv(tag, Uint8Array.of(value));
}

export function tlvU16(tag: number, value: number): Buffer {
  return tlv(tag, Uint8Array.of(value >> 8, value & 0xff));
}

/** Latin-1 and a NUL. RangeError for text that the format cannot hold. */
export function tlvText(tag: number, text: string): Buffer {
  if (!/^[\u0001-\u00ff]*$/.test(text)) throw new RangeError('text with a NUL or outside Latin-1');
  return tlv(tag, Buffer.from(`${text}\0`, 'latin1'));
}
