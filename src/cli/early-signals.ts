import { onEndingSignal } from '../drivers/ending-signals.ts';

/** Ctrl-C and the like before the run listens itself: remembered, so that what follows ends in order at once. */
export class EarlySignals {
  readonly #controller = new AbortController();
  readonly #forget = onEndingSignal(() => this.#controller.abort());

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether there was one; from now on somebody else listens. */
  release(): boolean {
    this.#forget();
    return this.signal.aborted;
  }
}
