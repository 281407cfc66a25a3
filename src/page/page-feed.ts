import type { ServerResponse } from 'node:http';
import type { PageState } from './page-state.ts';

/** As long as somebody looks, a state is built so often; whoever asks in between gets the last one. */
const INTERVAL_MS = 1000;
/** Windows at one time: each costs a state a second. */
const MOST_VIEWERS = 64;
/** How long the last state may take to reach its readers. */
const LAST_WORD_MS = 1000;

export interface Frame {
  /** 1 for the first that was built. */
  readonly id: number;
  /** PageState as JSON. */
  readonly json: string;
}

/** The states of a run: each is built once, whatever the number of viewers, and sent as a Server-Sent Event. */
export class PageFeed {
  readonly #build: () => PageState;
  readonly #viewers = new Set<ServerResponse>();
  #frame: Frame | null = null;
  #builtAtMs = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(build: () => PageState) {
    this.#build = build;
  }

  /** Not older than the interval. */
  get latest(): Frame {
    const isFresh = performance.now() - this.#builtAtMs < INTERVAL_MS;
    return this.#frame !== null && isFresh ? this.#frame : this.#renew();
  }

  /** Sends what there is and everything that comes; false: too many look already. */
  add(viewer: ServerResponse): boolean {
    if (this.#viewers.size >= MOST_VIEWERS) return false;
    this.#viewers.add(viewer);
    viewer.once('close', () => this.#forget(viewer));
    // Where the stream breaks off, the browser asks again after so many milliseconds.
    viewer.write('retry: 1000\n\n');
    send(viewer, this.latest);
    this.#timer ??= setInterval(() => this.#sendAll(this.#renew()), INTERVAL_MS);
    return true;
  }

  /** Sends the last state and ends the streams. */
  async end(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    if (this.#viewers.size === 0) return;
    const last = this.#renew();
    const ended = [...this.#viewers].map(
      (viewer) =>
        new Promise<void>((resolve) => {
          viewer.once('close', resolve);
          viewer.end(eventText(last), resolve);
        }),
    );
    let limit: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      limit = setTimeout(resolve, LAST_WORD_MS);
    });
    await Promise.race([Promise.all(ended), patience]);
    clearTimeout(limit);
  }

  #sendAll(frame: Frame): void {
    for (const viewer of this.#viewers) send(viewer, frame);
  }

  #forget(viewer: ServerResponse): void {
    this.#viewers.delete(viewer);
    if (this.#viewers.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  #renew(): Frame {
    this.#frame = { id: (this.#frame?.id ?? 0) + 1, json: JSON.stringify(this.#build()) };
    this.#builtAtMs = performance.now();
    return this.#frame;
  }
}

/** A viewer that has not taken the state before goes without this one: each says all. */
function send(viewer: ServerResponse, frame: Frame): void {
  if (!viewer.writableNeedDrain) viewer.write(eventText(frame));
}

function eventText({ id, json }: Frame): string {
  return `id: ${id}\ndata: ${json}\n\n`;
}
