/** A run and the lab that serves it: the run's instants go to the lab, what happens there to log and report. */
import { monotonicMilliseconds } from '../drivers/clock.ts';
import type { RunLog } from '../coordinator/run-log.ts';
import type { StormRun } from '../coordinator/storm-run.ts';
import type { LabCluster } from '../lab/lab-cluster.ts';
import { type LabObservation, LabSeries } from '../report/lab-series.ts';

const SAMPLE_MS = 1000;
/** A lab that does not answer its last question in this time does not hold the report up. */
const LAST_SAMPLE_LIMIT_MS = 2000;

export class LabWatch {
  /** Processes of the lab that ended unasked, one sentence each. */
  readonly failures: string[] = [];
  readonly #lab: LabCluster;
  readonly #run: StormRun;
  readonly #series = new LabSeries();
  readonly #events: LabObservation['events'] = [];
  readonly #timer: NodeJS.Timeout;
  #sampling: Promise<void> | null = null;

  constructor(lab: LabCluster, run: StormRun, log: RunLog) {
    this.#lab = lab;
    this.#run = run;
    run.onInstant((origin, atMs) => lab.announce(origin, atMs));
    lab.onEvent(({ what, atMs }) => {
      const second = Math.max(0, run.elapsedSeconds + (atMs - monotonicMilliseconds()) / 1000);
      this.#events.push({ second: toMilliseconds(second), what });
      log.add({ type: 'labEvent', what }, second);
    });
    lab.onFailure((error) => {
      const second = Math.max(0, run.elapsedSeconds);
      this.failures.push(
        `${error.message} at ${second.toFixed(1)} s: failures after it are the lab's, not a cluster's`,
      );
      log.add({ type: 'labFailed', message: error.message }, second);
    });
    this.#timer = setInterval(() => void this.#sample(), SAMPLE_MS).unref();
  }

  get observation(): LabObservation {
    const { tokenQueue, registered } = this.#series;
    return { events: this.#events, tokenQueue, registered };
  }

  /** The run is over: one last look. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    const limit = new Promise<void>((resolve) => setTimeout(resolve, LAST_SAMPLE_LIMIT_MS).unref());
    const last = (this.#sampling ?? Promise.resolve()).then(() => this.#sample());
    await Promise.race([last, limit]);
  }

  /** A question is not asked again before its answer. */
  #sample(): Promise<void> {
    this.#sampling ??= this.#ask().finally(() => {
      this.#sampling = null;
    });
    return this.#sampling;
  }

  async #ask(): Promise<void> {
    if (this.#run.startedUtc === null) return;
    const stats = await this.#lab.stats('callManagers');
    this.#series.add(toMilliseconds(Math.max(0, this.#run.elapsedSeconds)), stats);
  }
}

function toMilliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
