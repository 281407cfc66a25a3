import { DecodeError } from './decode-error.ts';

/**
 * A cursor over bytes that never reads outside them: every read names the field it is for, and a read past the
 * end raises `DecodeError` with that name. The bytes are not copied; slices share the caller's memory.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #scope: string;
  #offset: number;
  readonly #end: number;

  /** @param scope what is being decoded, the first part of every error's path (`sccp/RegisterAck`) */
  constructor(bytes: Uint8Array, scope: string, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#scope = scope;
    this.#offset = start;
    this.#end = end;
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#end - this.#offset;
  }

  u8(field: string): number {
    return this.#view.getUint8(this.#take(1, field));
  }

  u16be(field: string): number {
    return this.#view.getUint16(this.#take(2, field));
  }

  u16le(field: string): number {
    return this.#view.getUint16(this.#take(2, field), true);
  }

  u32be(field: string): number {
    return this.#view.getUint32(this.#take(4, field));
  }

  u32le(field: string): number {
    return this.#view.getUint32(this.#take(4, field), true);
  }

  /** The next `length` bytes, sharing memory with the input. */
  bytes(length: number, field: string): Uint8Array {
    const start = this.#take(length, field);
    return this.#bytes.subarray(start, start + length);
  }

  /** A reader of the next `length` bytes alone, which are passed over here. Errors keep their offset in the whole. */
  part(length: number, field: string): ByteReader {
    const start = this.#take(length, field);
    return new ByteReader(this.#bytes, this.#scope, start, start + length);
  }

  /** Everything that is left, sharing memory with the input. */
  rest(): Uint8Array {
    const start = this.#offset;
    this.#offset = this.#end;
    return this.#bytes.subarray(start, this.#end);
  }

  /** Dotted IPv4 text from four bytes in network order. */
  ipv4(field: string): string {
    const at = this.#take(4, field);
    const view = this.#view;
    return `${view.getUint8(at)}.${view.getUint8(at + 1)}.${view.getUint8(at + 2)}.${view.getUint8(at + 3)}`;
  }

  /** Latin-1 text of a field of fixed length: up to its first NUL, since senders leave garbage behind it. */
  fixedText(length: number, field: string): string {
    const start = this.#take(length, field);
    let end = start;
    while (end < start + length && this.#bytes[end] !== 0) end++;
    return latin1(this.#bytes, start, end);
  }

  /** Latin-1 text that ends at a NUL; the NUL is consumed. */
  nulText(field: string): string {
    const end = this.#bytes.indexOf(0, this.#offset);
    if (end < 0 || end >= this.#end) this.fail(field, 'no NUL before the end');
    const text = latin1(this.#bytes, this.#offset, end);
    this.#offset = end + 1;
    return text;
  }

  skip(length: number, field: string): void {
    this.#take(length, field);
  }

  fail(field: string, reason: string): never {
    throw new DecodeError(`${this.#scope}.${field}`, this.#offset, reason);
  }

  #take(length: number, field: string): number {
    const start = this.#offset;
    if (length < 0 || this.#end - start < length) {
      this.fail(field, `need ${length} bytes, have ${this.#end - start}`);
    }
    this.#offset = start + length;
    return start;
  }
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}
