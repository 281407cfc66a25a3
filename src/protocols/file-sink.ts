import { createHash, type Hash } from 'node:crypto';

/**
 * What becomes of a file's bytes. `maxBytes` bounds every kind: a server that never ends a file is stopped there.
 * `keep` is for files that are read, `digest` for files that are compared, `discard` for load alone. Of a file that is
 * discarded the reader may want only the beginning: with `enoughBytes` it has what it wants once it has so many.
 */
export type FileSinkConfig =
  | { readonly type: 'keep'; readonly maxBytes: number }
  | { readonly type: 'digest'; readonly algorithm: 'sha1' | 'sha256'; readonly maxBytes: number }
  | { readonly type: 'discard'; readonly maxBytes: number; readonly enoughBytes?: number };

/** Takes a file block by block, whatever brings it. Blocks are copied or consumed at once: they belong to the driver. */
export class FileSink {
  readonly #config: FileSinkConfig;
  readonly #hash: Hash | null;
  readonly #blocks: Buffer[] = [];
  #bytes = 0;

  constructor(config: FileSinkConfig) {
    this.#config = config;
    this.#hash = config.type === 'digest' ? createHash(config.algorithm) : null;
  }

  /** Bytes taken so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether so many bytes more would be taken. */
  hasRoomFor(bytes: number): boolean {
    return this.#bytes + bytes <= this.#config.maxBytes;
  }

  /** Whether the rest of the file is not wanted. */
  get hasEnough(): boolean {
    if (this.#config.type !== 'discard') return false;
    return this.#bytes >= (this.#config.enoughBytes ?? Number.POSITIVE_INFINITY);
  }

  /** False, and nothing taken, when the file would grow over `maxBytes`. */
  add(block: Uint8Array): boolean {
    if (!this.hasRoomFor(block.length)) return false;
    this.#bytes += block.length;
    if (this.#config.type === 'keep') this.#blocks.push(Buffer.from(block));
    else this.#hash?.update(block);
    return true;
  }

  /** The whole file where it was kept. Once only. */
  takeContent(): Buffer | null {
    return this.#config.type === 'keep' ? Buffer.concat(this.#blocks, this.#bytes) : null;
  }

  /** Lower-case hex of the whole file where it was digested. Once only. */
  takeDigest(): string | null {
    return this.#hash === null ? null : this.#hash.digest('hex');
  }
}
