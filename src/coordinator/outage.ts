/** Whether Redis answers, as the coordinator's looks find it, and what the run log says of that. */
import type { BootstormError } from '../errors.ts';
import type { RunLogEntry } from './run-log.ts';

export class Outage {
  #answeredAtMs: number | null = null;
  #message: string | null = null;

  /** Of the last look; of none: long ago. */
  get answeredAtMs(): number {
    return this.#answeredAtMs ?? Number.NEGATIVE_INFINITY;
  }

  /** Why Redis does not answer; null: it does. */
  get message(): string | null {
    return this.#message;
  }

  unanswered(error: BootstormError): RunLogEntry | null {
    const isNew = this.#message === null;
    this.#message = error.message;
    return isNew ? { type: 'redisLost', message: error.message } : null;
  }

  /** @param restored it had lost its data, and has them again */
  answered(nowMs: number, restored: boolean): RunLogEntry | null {
    const wasOut = this.#message !== null;
    const seconds = (nowMs - (this.#answeredAtMs ?? nowMs)) / 1000;
    this.#message = null;
    this.#answeredAtMs = nowMs;
    return wasOut || restored ? { type: 'redisBack', seconds, restored } : null;
  }
}
