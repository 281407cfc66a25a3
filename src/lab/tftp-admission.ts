import type { LabSettings } from '../scenario/lab-settings.ts';
import type { Schedule } from './lab-conductor.ts';
import { RateLimit } from './rate-limit.ts';

/** What became of a request at the door. */
export type Admitted = 'served' | 'queued' | 'overLimit';

export interface AdmissionFacts<Request> {
  readonly limits: LabSettings['limits'];
  /** Milliseconds. */
  readonly now: () => number;
  readonly schedule: Schedule;
  /** Takes the request into service; `release` ends it. */
  readonly serve: (request: Request) => void;
}

/** The door of the TFTP server: so many in service at one time, so many taken in a second; others wait, or do not. */
export class TftpAdmission<Request> {
  readonly #facts: AdmissionFacts<Request>;
  readonly #pace: RateLimit;
  readonly #queue: Request[] = [];
  #inService = 0;
  #pumping = false;
  #awaitsPace = false;

  constructor(facts: AdmissionFacts<Request>) {
    this.#facts = facts;
    this.#pace = new RateLimit(facts.limits.tftpPerSecond, facts.now);
  }

  get inServiceNow(): number {
    return this.#inService;
  }

  get queuedNow(): number {
    return this.#queue.length;
  }

  offer(request: Request): Admitted {
    const { tftpConcurrency, tftpOverload, tftpQueue } = this.#facts.limits;
    if (this.#queue.length === 0 && this.#inService < tftpConcurrency && this.#pace.take()) {
      this.#serve(request);
      return 'served';
    }
    if (tftpOverload !== 'queue' || this.#queue.length >= tftpQueue) return 'overLimit';
    this.#queue.push(request);
    this.#pump();
    return 'queued';
  }

  /** One that was served is done. */
  release(): void {
    this.#inService--;
    this.#pump();
  }

  #serve(request: Request): void {
    this.#inService++;
    this.#facts.serve(request);
  }

  /** Takes in those that wait. Some are served at once, and come back here by `release`. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#inService < this.#facts.limits.tftpConcurrency) {
      const [next] = this.#queue;
      if (next === undefined || !this.#takesPace()) break;
      this.#queue.shift();
      this.#serve(next);
    }
    this.#pumping = false;
  }

  /** Comes back when the pace allows one more. */
  #takesPace(): boolean {
    if (this.#awaitsPace) return false;
    const waitMs = this.#pace.waitMs();
    if (waitMs === 0) return this.#pace.take();
    this.#awaitsPace = true;
    this.#facts.schedule(waitMs, () => {
      this.#awaitsPace = false;
      this.#pump();
    });
    return false;
  }
}
