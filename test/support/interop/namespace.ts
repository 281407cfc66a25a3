/**
 * A network namespace with nothing in it but `lo`: whatever is sent to another address has no route and goes
 * nowhere. It has no name and leaves nothing behind: the kernel removes it when the process that holds it is gone.
 */
import { execFile } from 'node:child_process';
import { requireProgram } from '../../setup/programs.ts';
import { startProcess } from './foreground-process.ts';

export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Namespace {
  /** The command that runs `command` in here, for whoever starts processes. */
  command(command: readonly [string, ...string[]]): [string, ...string[]];
  /** Runs a command in here to its end. */
  run(program: string, args: readonly string[], options?: RunOptions): Promise<CommandResult>;
  remove(): Promise<void>;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Longest time that it may take, in milliseconds. */
  readonly timeoutMs?: number;
}

/** Needs root. */
export async function createNamespace(): Promise<Namespace> {
  const raiseLoopback = `${requireProgram('ip')} link set lo up && echo ready && exec sleep infinity`;
  const holder = await startProcess('unshare', ['--net', 'sh', '-c', raiseLoopback], {
    readyWhen: { line: /^ready$/m },
  });
  const command = ([program, ...args]: readonly [string, ...string[]]): [string, ...string[]] => [
    requireProgram('nsenter'),
    `--net=/proc/${holder.pid}/ns/net`,
    '--',
    program,
    ...args,
  ];
  return {
    command,
    run: (program, args, options = {}) => run(command([program, ...args]), options),
    remove: () => holder.stop('SIGKILL'),
  };
}

function run([file, ...args]: [string, ...string[]], options: RunOptions): Promise<CommandResult> {
  return new Promise((resolve) => {
    execFile(
      file,
      args,
      {
        env: { ...process.env, ...options.env },
        timeout: options.timeoutMs ?? 30_000,
        killSignal: 'SIGKILL',
      },
      (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ status, stdout, stderr });
      },
    );
  });
}
