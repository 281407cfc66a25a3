import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { LastLine } from './reporter/last-line.ts';
import { LongestFirst } from './setup/longest-first.ts';

/** Tests that count what their process holds. */
const ALONE = ['test/drivers/**/*.test.ts'];

const BUILT_MODULES = fileURLToPath(new URL('support/built-modules.ts', import.meta.url));

export default defineConfig({
  resolve: {
    alias: [{ find: /^.*\/drivers\/process-module\.ts$/, replacement: BUILT_MODULES }],
  },
  test: {
    // Processes, because tests start processes; three on the two cores that the suite's time is promised for, because
    // most of them wait for servers half of the time.
    pool: 'forks',
    maxWorkers: 3,
    // No claim about time: a limit for what hangs, on a machine that may be busy with something else.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    reporters: ['default', new LastLine()],
    setupFiles: ['test/setup/after-each.ts'],
    sequence: { sequencer: LongestFirst },
    projects: [
      { extends: true, test: { name: 'alone', include: ALONE } },
      {
        extends: true,
        // To load the product takes longer than most of these tests: files take turns in three processes.
        test: { name: 'shared', include: ['test/**/*.test.ts'], exclude: ALONE, isolate: false },
      },
    ],
  },
});
