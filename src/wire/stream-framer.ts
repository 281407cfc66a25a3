import { DecodeError } from './decode-error.ts';

/** How a protocol cuts its byte stream into frames. One rule is shared by all connections. */
export interface FrameRule {
  /** The first part of a DecodeError's path. */
  readonly name: string;
  /** Bytes from which a frame's length can be told. */
  readonly headerBytes: number;
  /** A frame that claims to be shorter raises DecodeError; at least `headerBytes`. */
  readonly minFrameBytes: number;
  /** A frame that claims to be longer raises DecodeError: a length is a promise to hold that much memory. */
  readonly maxFrameBytes: number;
  /** Length of the whole frame that begins at `offset`, read from its first `headerBytes`. */
  frameBytes(bytes: Uint8Array, offset: number): number;
}

/**
 * Cuts a stream into frames, whatever way the network cut it into chunks:
 *
 *     framer.push(chunk);
 *     for (let frame = framer.next(); frame !== null; frame = framer.next()) handle(frame);
 *
 * `next()` must be asked until it returns null: that is when what is left of the chunk is copied, and only that is
 * ever copied. Until then chunk and frames share memory: they are valid until the chunk's owner takes it back.
 * Every byte is looked at a constant number of times, however small the chunks are.
 */
export class StreamFramer {
  readonly #rule: FrameRule;
  #chunk: Uint8Array = NOTHING;
  #offset = 0;
  /** A frame, or the header of one, of which only the first `#held` bytes have come. */
  #partial: Uint8Array = NOTHING;
  #held = 0;

  constructor(rule: FrameRule) {
    this.#rule = rule;
  }

  /** Bytes of a frame that is not yet complete. */
  get heldBytes(): number {
    return this.#held;
  }

  push(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#offset = 0;
  }

  /** The next whole frame, or null when more bytes are needed. Raises DecodeError for an impossible length. */
  next(): Uint8Array | null {
    if (this.#held > 0) return this.#nextFromPartial();
    const available = this.#chunk.length - this.#offset;
    if (available < this.#rule.headerBytes) return this.#hold(this.#rule.headerBytes);
    const wanted = this.#frameBytes(this.#chunk, this.#offset);
    if (available < wanted) return this.#hold(wanted);
    const frame = this.#chunk.subarray(this.#offset, this.#offset + wanted);
    this.#offset += wanted;
    return frame;
  }

  #nextFromPartial(): Uint8Array | null {
    const { headerBytes } = this.#rule;
    if (this.#held < headerBytes) {
      if (!this.#fillTo(headerBytes)) return this.#release();
      const wanted = this.#frameBytes(this.#partial, 0);
      if (wanted > headerBytes) {
        const whole = Buffer.allocUnsafe(wanted);
        whole.set(this.#partial);
        this.#partial = whole;
      }
    }
    if (!this.#fillTo(this.#partial.length)) return this.#release();
    const frame = this.#partial;
    this.#partial = NOTHING;
    this.#held = 0;
    return frame;
  }

  /** Keeps what is left of the chunk as the beginning of `wanted` bytes. */
  #hold(wanted: number): null {
    if (this.#offset < this.#chunk.length) {
      this.#partial = Buffer.allocUnsafe(wanted);
      this.#fillTo(wanted);
    }
    return this.#release();
  }

  /** Moves bytes from the chunk into the partial frame; true when it has `wanted` of them. */
  #fillTo(wanted: number): boolean {
    const count = Math.min(wanted - this.#held, this.#chunk.length - this.#offset);
    this.#partial.set(this.#chunk.subarray(this.#offset, this.#offset + count), this.#held);
    this.#offset += count;
    this.#held += count;
    return this.#held === wanted;
  }

  #release(): null {
    this.#chunk = NOTHING;
    this.#offset = 0;
    return null;
  }

  #frameBytes(bytes: Uint8Array, offset: number): number {
    const { name, minFrameBytes, maxFrameBytes } = this.#rule;
    const wanted = this.#rule.frameBytes(bytes, offset);
    if (wanted < minFrameBytes || wanted > maxFrameBytes) {
      throw new DecodeError(
        `${name}.length`,
        offset,
        `frame of ${wanted} bytes, allowed are ${minFrameBytes} to ${maxFrameBytes}`,
      );
    }
    return wanted;
  }
}

const NOTHING = new Uint8Array(0);
