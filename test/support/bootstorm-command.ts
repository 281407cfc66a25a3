/** The command as a user runs it: the built program in a process of its own, in a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LoggedEntry, RunLogEntry } from '../../src/coordinator/run-log.ts';
import { type RunSummary, summarySchema } from '../../src/report/summary-schema.ts';
import { modulePath } from './built-modules.ts';
import { afterEachTest } from './clean-up.ts';
import { temporaryFolder } from './temporary-folder.ts';

const MAIN = modulePath('src/cli/main');
/** For what hangs, not a claim about time. */
const FORCED_END_MS = 240_000;

export interface CommandOptions {
  /** Files of the folder in which the command runs, by name. */
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** What the command is run under, such as `nsenter`. */
  readonly under?: readonly string[];
  /** Whether it is given something to read while it runs, by `type`. */
  readonly input?: boolean;
  /** Longest time that it may take, in milliseconds. */
  readonly timeoutMs?: number;
}

export interface FinishedCommand {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly folder: string;
}

/** An entry of run-log.jsonl: one flat object. */
export type LogLine = RunLogEntry & Pick<LoggedEntry, 'utc' | 'second'>;

const running = new Set<ChildProcess>();

afterEachTest(() => {
  for (const child of running) signalGroup(child, 'SIGKILL');
  running.clear();
});

/** A command that is running: a process group of its own, as a terminal gives it. */
export class RunningCommand {
  readonly folder: string;
  readonly child: ChildProcess;
  readonly finished: Promise<FinishedCommand>;
  stdout = '';
  stderr = '';
  readonly #watchers = new Set<() => void>();

  constructor(args: readonly string[], options: CommandOptions) {
    const { files = {}, environment = {}, under = [], input = false, timeoutMs = FORCED_END_MS } = options;
    this.folder = temporaryFolder(files);
    const [program = '', ...rest] = [...under, process.execPath, MAIN, ...args];
    this.child = spawn(program, rest, {
      cwd: this.folder,
      detached: true,
      env: { ...cleanEnvironment(), ...environment },
      stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    });
    running.add(this.child);
    this.child.stdout?.on('data', (text: Buffer) => this.#hear('stdout', text));
    this.child.stderr?.on('data', (text: Buffer) => this.#hear('stderr', text));
    const limit = setTimeout(() => signalGroup(this.child, 'SIGKILL'), timeoutMs);
    this.finished = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code) => {
        clearTimeout(limit);
        running.delete(this.child);
        for (const watcher of this.#watchers) watcher();
        resolve({ code, stdout: this.stdout, stderr: this.stderr, folder: this.folder });
      });
    });
  }

  get pid(): number {
    const { pid } = this.child;
    if (pid === undefined) throw new Error('the command did not start');
    return pid;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** SIGKILL to every process of the group. */
  kill(): void {
    if (!this.hasEnded) signalGroup(this.child, 'SIGKILL');
  }

  type(text: string): void {
    this.child.stdin?.write(text);
  }

  /** Nobody reads its standard output any more: the next write fails. */
  stopReading(): void {
    this.child.stdout?.destroy();
  }

  /** Ctrl-C in a terminal: SIGINT to every process of the group. SIGHUP: the terminal is closed. */
  interrupt(signal: NodeJS.Signals = 'SIGINT'): void {
    signalGroup(this.child, signal);
  }

  /** Resolves when the run log has so many entries of this type; rejects when the command ends without them. */
  async logged(type: RunLogEntry['type'], count = 1): Promise<LogLine> {
    for (;;) {
      const entry = readRunLog(this.folder).filter((line) => line.type === type)[count - 1];
      if (entry) return entry;
      if (this.hasEnded) {
        throw new Error(`ended before "${type}" was logged\n${this.stdout}\n${this.stderr}`);
      }
      await pause(20);
    }
  }

  /** Resolves when an output matches; rejects when the command ends before it does. */
  async printed(pattern: RegExp, stream: 'stdout' | 'stderr' = 'stdout'): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this[stream]);
      if (match) return match;
      if (this.hasEnded) {
        throw new Error(`ended before it printed ${pattern}\n${this.stdout}\n${this.stderr}`);
      }
      await new Promise<void>((resolve) => {
        this.#watchers.add(resolve);
      });
    }
  }

  #hear(stream: 'stdout' | 'stderr', text: Buffer): void {
    this[stream] += text.toString();
    for (const watcher of this.#watchers) watcher();
    this.#watchers.clear();
  }
}

export function startCommand(args: readonly string[], options: CommandOptions = {}): RunningCommand {
  return new RunningCommand(args, options);
}

export function runCommand(args: readonly string[], options: CommandOptions = {}): Promise<FinishedCommand> {
  return startCommand(args, options).finished;
}

/** A storm whose scenario is `storm.yaml` in the folder; the summary goes to `summary.json` there. */
export function startStorm(
  scenario: string,
  flags: readonly string[] = [],
  options: CommandOptions = {},
): RunningCommand {
  const args = ['run', 'storm.yaml', '--json', 'summary.json', ...flags];
  return startCommand(args, { ...options, files: { ...options.files, 'storm.yaml': scenario } });
}

export interface FinishedStorm extends FinishedCommand {
  readonly summary: RunSummary;
  readonly log: readonly LogLine[];
}

export async function endOfStorm(storm: RunningCommand): Promise<FinishedStorm> {
  const finished = await storm.finished;
  const path = join(finished.folder, 'summary.json');
  if (!existsSync(path)) {
    throw new Error(`no summary (exit code ${finished.code})\n${finished.stdout}\n${finished.stderr}`);
  }
  const summary = summarySchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  return { ...finished, summary, log: readRunLog(finished.folder) };
}

export function runStorm(
  scenario: string,
  flags: readonly string[] = [],
  options: CommandOptions = {},
): Promise<FinishedStorm> {
  return endOfStorm(startStorm(scenario, flags, options));
}

/** Every phone that was asked for is in exactly one state. */
export function ledgerSum({ phones }: RunSummary): number {
  const { notStarted, trying, registered, dropped, failed, lostWithAgent } = phones;
  return notStarted + trying + registered + dropped + failed + lostWithAgent;
}

function readRunLog(folder: string): LogLine[] {
  const results = join(folder, 'bootstorm-results');
  const [run] = existsSync(results) ? readdirSync(results) : [];
  const path = join(results, run ?? '', 'run-log.jsonl');
  if (run === undefined || !existsSync(path)) return [];
  const complete = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return complete.map((line) => JSON.parse(line) as LogLine);
}

/** Tests share a machine with whatever else runs on it: how slow a process was is none of their business. */
const PATIENT = {
  BOOTSTORM_LATENESS_LIMIT: '10m',
  BOOTSTORM_LAG_LIMIT: '10m',
  BOOTSTORM_BLOCK_LIMIT: '10m',
  BOOTSTORM_DROP_LIMIT: '100%',
  BOOTSTORM_LOST_SNAPSHOTS_LIMIT: '1000',
} as const;

/** The environment without settings of the program itself and without those of the test runner. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(?:BOOTSTORM_|NODE_OPTIONS|VITEST|TSX)/.test(name),
  );
  return { ...Object.fromEntries(kept), ...PATIENT };
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    // ESRCH: the whole group has ended.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
