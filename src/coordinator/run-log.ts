import { createWriteStream, type WriteStream } from 'node:fs';

/** What happened in a run, in order: everything that is shown besides figures is a fold over these. */
export type RunLogEntry =
  | { readonly type: 'prepared'; readonly agents: number; readonly shards: number; readonly phones: number }
  | { readonly type: 'armed'; readonly startUtc: string }
  /** Power begins to return to phones, see `Wave` of the plan. */
  | { readonly type: 'wave'; readonly name: string; readonly phones: number }
  | { readonly type: 'powerCut'; readonly name: string; readonly phones: number }
  | { readonly type: 'holding'; readonly seconds: number }
  | { readonly type: 'stopping'; readonly reason: StopReason }
  | { readonly type: 'ledgerClosed' }
  /** `restarted`: its phones begin at power-on again, on other agents. */
  | {
      readonly type: 'agentLost';
      readonly agent: string;
      readonly shards: readonly number[];
      readonly phones: number;
      readonly message: string;
      readonly restarted: boolean;
    }
  /** An agent that woke after it was given up has closed the connections of its phones. */
  | { readonly type: 'agentFenced'; readonly agent: string; readonly sleptSeconds: number | null }
  /** An agent was told to end by itself (SIGTERM): its phones took their leave. */
  | { readonly type: 'agentDrained'; readonly agent: string }
  /** From second `fromSecond` on, schedule time passes at `slope`. */
  | { readonly type: 'steered'; readonly fromSecond: number; readonly slope: number }
  /** A threshold with `abortOnFail` was missed: the run ends. */
  | { readonly type: 'thresholdMissed'; readonly threshold: string; readonly found: string }
  | { readonly type: 'redisLost'; readonly message: string }
  /** `restored`: it came back without its data, and was given them again. */
  | { readonly type: 'redisBack'; readonly seconds: number; readonly restored: boolean }
  /** Another coordinator has taken the run over. */
  | { readonly type: 'attached'; readonly epoch: number }
  | { readonly type: 'labFailed'; readonly message: string }
  /** Something was done to the lab, as its schedule has it. */
  | { readonly type: 'labEvent'; readonly what: string }
  | { readonly type: 'ended' };

/** Why the hold, or the run before it, came to an end. */
export type StopReason =
  | 'hold-over'
  | 'max-duration'
  | 'interrupted'
  | 'interrupted-twice'
  /** `bootstorm steer RUN abort`, or the same order from the page of the run. */
  | 'steered'
  | 'agent-lost'
  /** A threshold with `abortOnFail`. */
  | 'threshold-missed'
  | 'no-agent-left';

export interface LoggedEntry {
  readonly utc: string;
  /** Seconds since the armed start; null before it is known. */
  readonly second: number | null;
  readonly entry: RunLogEntry;
}

/** The ordered log of a run: kept in memory, and as JSON lines in a file when there is one. */
export class RunLog {
  readonly entries: LoggedEntry[];
  readonly #file: WriteStream | null;
  readonly #listener: (logged: LoggedEntry) => void;

  /** @param earlier what was logged before this coordinator took the run over; it goes into the file, not to the listener */
  constructor(
    path: string | null,
    listener: (logged: LoggedEntry) => void = () => {},
    earlier: readonly LoggedEntry[] = [],
  ) {
    this.entries = [...earlier];
    this.#file = path === null ? null : createWriteStream(path, { flags: 'a' });
    // A full disk must not end a storm: the log stays in memory and goes into the report.
    this.#file?.on('error', () => {});
    this.#listener = listener;
    for (const logged of earlier) this.#write(logged);
  }

  add(entry: RunLogEntry, second: number | null): void {
    const logged = { utc: new Date().toISOString(), second, entry };
    this.entries.push(logged);
    this.#write(logged);
    this.#listener(logged);
  }

  #write({ utc, second, entry }: LoggedEntry): void {
    this.#file?.write(`${JSON.stringify({ utc, second, ...entry })}\n`);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#file === null || this.#file.destroyed) resolve();
      else this.#file.end(() => resolve());
    });
  }
}
