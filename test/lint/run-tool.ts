import { execFile } from 'node:child_process';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIN = `${ROOT}node_modules/.bin`;
const MOST_OUTPUT_BYTES = 64 * 1024 * 1024;

/**
 * tsc and the type-aware half of oxlint are Go programs. With one thread they check each type once; with several, each
 * has a checker of its own, and half of the work is done twice. The tests beside them have use for the other cores.
 */
const THRIFT = { GOMAXPROCS: '1', GOGC: '400' };

export interface ToolResult {
  /** Exit code; 1 where the tool did not even start. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a development tool of this project, with the project (or `folder`) as its working directory. */
export function runTool(tool: string, args: readonly string[], folder = ROOT): Promise<ToolResult> {
  const env = {
    ...process.env,
    // oxlint looks for its type-aware half on the path.
    PATH: `${BIN}${delimiter}${process.env['PATH'] ?? ''}`,
    ...THRIFT,
  };
  return new Promise((resolve) => {
    execFile(
      `${BIN}/${tool}`,
      args,
      { cwd: folder, maxBuffer: MOST_OUTPUT_BYTES, env },
      (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ status, stdout, stderr });
      },
    );
  });
}
