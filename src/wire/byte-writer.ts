/**
 * A growing buffer with a fluent chain of writes. Numbers are written modulo their width; text that does not fit a
 * fixed field raises RangeError, because that is our bug and not a peer's.
 */
export class ByteWriter {
  #buffer: Buffer;
  #length = 0;

  constructor(initialCapacity = 64) {
    this.#buffer = Buffer.alloc(initialCapacity);
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    const at = this.#grow(1);
    this.#buffer[at] = value;
    return this;
  }

  u16be(value: number): this {
    const at = this.#grow(2);
    this.#buffer.writeUInt16BE(value & 0xffff, at);
    return this;
  }

  u16le(value: number): this {
    const at = this.#grow(2);
    this.#buffer.writeUInt16LE(value & 0xffff, at);
    return this;
  }

  u32be(value: number): this {
    const at = this.#grow(4);
    this.#buffer.writeUInt32BE(value >>> 0, at);
    return this;
  }

  u32le(value: number): this {
    const at = this.#grow(4);
    this.#buffer.writeUInt32LE(value >>> 0, at);
    return this;
  }

  bytes(value: Uint8Array): this {
    const at = this.#grow(value.length);
    this.#buffer.set(value, at);
    return this;
  }

  zeros(count: number): this {
    this.#grow(count);
    return this;
  }

  /** Four bytes in network order from dotted text. */
  ipv4(address: string): this {
    const parts = address.split('.');
    if (parts.length !== 4) throw new RangeError(`not an IPv4 address: ${address}`);
    for (const part of parts) this.u8(Number(part));
    return this;
  }

  /** Latin-1 text in a NUL-filled field; one byte always stays NUL. */
  fixedText(value: string, length: number): this {
    if (value.length >= length) throw new RangeError(`"${value}" does not fit ${length} bytes with its NUL`);
    const at = this.#grow(length);
    this.#buffer.write(value, at, value.length, 'latin1');
    return this;
  }

  /** Latin-1 text without terminator. */
  text(value: string): this {
    const at = this.#grow(value.length);
    this.#buffer.write(value, at, value.length, 'latin1');
    return this;
  }

  /** Latin-1 text and a NUL. */
  nulText(value: string): this {
    return this.text(value).u8(0);
  }

  /** The bytes written so far, in memory of their own. */
  finish(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#length));
  }

  #grow(count: number): number {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.#buffer.length) {
      const larger = Buffer.alloc(Math.max(needed, this.#buffer.length * 2));
      larger.set(this.#buffer);
      this.#buffer = larger;
    }
    this.#length = needed;
    return at;
  }
}
