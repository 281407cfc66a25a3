/**
 * `npm test`: sets up the project and the system packages, and runs all tests, or those that its arguments select
 * (they are vitest's). However it ends, the last line is `N passed, N failed, N skipped`.
 */
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const VITEST = 'node_modules/vitest/vitest.mjs';

const SET_UP = [['src/setup.mjs'], ['--import', 'tsx', 'test/setup/install-system-packages.ts']];

/** @param {string[]} args */
function runNode(args) {
  const { status } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return status ?? 1;
}

if (SET_UP.some((args) => runNode(args) !== 0)) {
  // There are no tests whose results could be counted; vitest's reporter prints the line when there are.
  console.log('\n0 passed, 1 failed, 0 skipped');
  process.exitCode = 1;
} else {
  process.exitCode = runNode([VITEST, 'run', '--config', 'test/vitest.config.ts', ...process.argv.slice(2)]);
}
