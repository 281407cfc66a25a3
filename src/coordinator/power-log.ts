/** Notes in the run log when power is cut and when it returns, as the schedule comes to it. */
import type { RunPlan } from '../scenario/plan.ts';
import type { RunClock } from './run-clock.ts';
import type { RunLog, RunLogEntry } from './run-log.ts';

export class PowerLog {
  readonly #log: RunLog;
  /** In the order of schedule time. */
  readonly #ahead: { readonly atSeconds: number; readonly entry: RunLogEntry }[];

  /** What the log has already, from a coordinator before this one, is not repeated. */
  constructor({ waves, cuts }: Pick<RunPlan, 'waves' | 'cuts'>, log: RunLog) {
    this.#log = log;
    const logged = new Set(log.entries.map(({ entry }) => keyOf(entry)));
    const wasLogged = (entry: RunLogEntry): boolean => logged.has(keyOf(entry));
    this.#ahead = [
      ...waves.map(({ name, startSeconds, phones }) => ({
        atSeconds: startSeconds,
        entry: { type: 'wave', name, phones } as const,
      })),
      ...cuts.map(({ name, startSeconds, phones }) => ({
        atSeconds: startSeconds,
        entry: { type: 'powerCut', name, phones } as const,
      })),
    ]
      .filter(({ entry }) => !wasLogged(entry))
      .sort((a, b) => a.atSeconds - b.atSeconds);
  }

  advance(clock: RunClock): void {
    const { second } = clock;
    if (second === null) return;
    const scheduleSeconds = clock.scheduleMsAt(second) / 1000;
    for (;;) {
      const [next] = this.#ahead;
      if (next === undefined || next.atSeconds > scheduleSeconds) return;
      this.#ahead.shift();
      this.#log.add(next.entry, second);
    }
  }
}

function keyOf(entry: RunLogEntry): string {
  return 'name' in entry ? `${entry.type} ${entry.name}` : entry.type;
}
