/** Ctrl-C and SIGTERM before the run listens itself: remembered, so that what follows ends in order at once. */
export class EarlySignals {
  readonly #controller = new AbortController();
  readonly #note = (): void => this.#controller.abort();

  constructor() {
    process.on('SIGINT', this.#note).on('SIGTERM', this.#note);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether there was one; from now on somebody else listens. */
  release(): boolean {
    process.off('SIGINT', this.#note).off('SIGTERM', this.#note);
    return this.signal.aborted;
  }
}
