/** Notes in the run log when power is cut and when it returns, as the schedule comes to it. */
import type { RunPlan } from '../scenario/plan.ts';
import type { RunLog, RunLogEntry } from './run-log.ts';

export class PowerLog {
  readonly #log: RunLog;
  /** In the order of schedule time. */
  readonly #ahead: { readonly atSeconds: number; readonly entry: RunLogEntry }[];

  constructor({ waves, cuts }: Pick<RunPlan, 'waves' | 'cuts'>, log: RunLog) {
    this.#log = log;
    this.#ahead = [
      ...waves.map(({ name, startSeconds, phones }) => ({
        atSeconds: startSeconds,
        entry: { type: 'wave', name, phones } as const,
      })),
      ...cuts.map(({ name, startSeconds, phones }) => ({
        atSeconds: startSeconds,
        entry: { type: 'powerCut', name, phones } as const,
      })),
    ].sort((a, b) => a.atSeconds - b.atSeconds);
  }

  /** The schedule has come to `scheduleSeconds`, `second` seconds after the start. */
  advance(scheduleSeconds: number, second: number): void {
    for (;;) {
      const [next] = this.#ahead;
      if (next === undefined || next.atSeconds > scheduleSeconds) return;
      this.#ahead.shift();
      this.#log.add(next.entry, second);
    }
  }
}
