/**
 * Stands for src/drivers/process-module.ts in tests: what they start as processes and threads of their own is the
 * built program, as a user starts it. From the sources every one of them would compile what it loads.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SETUP = fileURLToPath(new URL('../../src/setup.mjs', import.meta.url));
const BUILT = new URL('../../dist/', import.meta.url);

// What was built from other sources than these is built again.
const { status } = spawnSync(process.execPath, [SETUP], { stdio: ['ignore', 'inherit', 'inherit'] });
if (status !== 0) throw new Error('the program cannot be built');

export function moduleUrl(module: string): string {
  return new URL(`${module}.js`, BUILT).href;
}

export function modulePath(module: string): string {
  return fileURLToPath(moduleUrl(module));
}

export function typescriptExecArgv(): string[] {
  return [];
}
