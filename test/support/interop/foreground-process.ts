/**
 * Programs that nobody here wrote, run in the foreground for as long as a test needs them, and ended by their own
 * process id: with all their children, also when the test fails, and by the kernel when the test process dies.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { requireProgram } from '../../setup/programs.ts';
import type { Namespace } from './namespace.ts';
import { ownsUdpPort } from './socket-table.ts';

/** For what hangs, on a machine that may be busy with something else. */
const READY_WITHIN_MS = 100_000;
const READY_POLL_MS = 10;
const TERMINATE_WITHIN_MS = 30_000;

export interface ProgramOptions {
  /** The network namespace to run in; this process's own if left out. */
  readonly namespace?: Namespace | undefined;
  readonly env?: Readonly<Record<string, string>>;
}

export interface StartOptions extends ProgramOptions {
  /** When the program is ready: it has bound this UDP port, or has written a line that matches. */
  readonly readyWhen: { readonly udpPort: number } | { readonly line: RegExp };
}

export interface ForegroundProcess {
  readonly pid: number;
  /** All that it has written, to either output. */
  log(): string;
  /** Ends it and its children. Does nothing when it has ended. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const running = new Set<number>();

process.on('exit', () => {
  for (const pid of running) signalGroup(pid, 'SIGKILL');
});

/** Starts a program and waits until it is ready. Throws with its log when it ends before that, or takes too long. */
export async function startProcess(
  program: string,
  args: readonly string[],
  options: StartOptions,
): Promise<ForegroundProcess> {
  const command = ['--pdeathsig', 'KILL', '--', requireProgram(program), ...args];
  const [file, ...rest] = inNamespace(options.namespace, [requireProgram('setpriv'), ...command]);
  const child = spawn(file, rest, {
    // A group of its own, so that a server's children can be ended with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
  });
  let log = '';
  for (const output of [child.stdout, child.stderr]) {
    output.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  }
  const started = track(child, program, () => log);
  try {
    await untilReady(started, options.readyWhen);
  } catch (error) {
    await started.stop('SIGKILL');
    throw error;
  }
  return started;
}

/** The command that runs `command` in a namespace. */
export function inNamespace(
  namespace: Namespace | undefined,
  command: readonly [string, ...string[]],
): [string, ...string[]] {
  return namespace === undefined ? [...command] : namespace.command(command);
}

interface TrackedProcess extends ForegroundProcess {
  /** Why it is no longer running, or `null`. */
  ended(): string | null;
}

function track(child: ChildProcess, program: string, log: () => string): TrackedProcess {
  const { pid } = child;
  let ended: string | null = null;
  const exited = new Promise<void>((resolve) => {
    const end = (reason: string) => (): void => {
      ended ??= `${program} ${reason}`;
      if (pid !== undefined) running.delete(pid);
      resolve();
    };
    child.once('error', (error) => end(`did not start: ${error.message}`)());
    child.once('close', (code, signal) => end(`ended (${signal ?? code})`)());
  });
  if (pid !== undefined) running.add(pid);
  return {
    pid: pid ?? 0,
    log,
    ended: () => ended,
    stop: async (signal = 'SIGTERM') => {
      if (pid === undefined || ended !== null) return exited;
      signalGroup(pid, signal);
      const killer = setTimeout(() => signalGroup(pid, 'SIGKILL'), TERMINATE_WITHIN_MS);
      await exited;
      clearTimeout(killer);
    },
  };
}

async function untilReady(started: TrackedProcess, readyWhen: StartOptions['readyWhen']): Promise<void> {
  const isReady = (): boolean =>
    'line' in readyWhen ? readyWhen.line.test(started.log()) : ownsUdpPort(started.pid, readyWhen.udpPort);
  const deadline = performance.now() + READY_WITHIN_MS;
  while (!isReady()) {
    const ended = started.ended();
    if (ended !== null) throw new Error(`${ended} before it was ready\n${started.log()}`);
    if (performance.now() > deadline) {
      throw new Error(`not ready within ${READY_WITHIN_MS} ms\n${started.log()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS));
  }
}

/** The group may be gone already: between its end and our hearing of it. */
function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
