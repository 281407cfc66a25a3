import { hash } from 'node:crypto';

/**
 * Results of work on whole files, done once for each distinct content, whoever asks. The key is the SHA-256 of the
 * bytes, in lower-case hex; the least recently used result goes when there are more than `capacity`.
 */
export class ContentCache<Result> {
  readonly #work: (content: Uint8Array, digest: string) => Result;
  readonly #maxBytes: number;
  readonly #results: LeastRecentlyUsed<Result>;

  /** @param maxBytes larger contents are worked on each time: they are refused without being read */
  constructor(work: (content: Uint8Array, digest: string) => Result, maxBytes: number, capacity: number) {
    this.#work = work;
    this.#maxBytes = maxBytes;
    this.#results = new LeastRecentlyUsed(capacity);
  }

  /** The same object for the same bytes, while it is remembered. */
  get(content: Uint8Array): Result {
    if (content.length > this.#maxBytes) return this.#work(content, '');
    const digest = hash('sha256', content, 'hex');
    return this.#results.get(digest, () => this.#work(content, digest));
  }
}

/** A bounded memory of what was computed. */
export class LeastRecentlyUsed<Value> {
  readonly #capacity: number;
  /** In the order of use: a Map keeps the order of insertion, and a hit is inserted again. */
  readonly #values = new Map<string, { readonly value: Value }>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: string, compute: () => Value): Value {
    const known = this.#values.get(key);
    const entry = known ?? { value: compute() };
    if (known !== undefined) this.#values.delete(key);
    this.#values.set(key, entry);
    if (this.#values.size > this.#capacity) this.#forgetOldest();
    return entry.value;
  }

  #forgetOldest(): void {
    for (const key of this.#values.keys()) {
      this.#values.delete(key);
      return;
    }
  }
}
