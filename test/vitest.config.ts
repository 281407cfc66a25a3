import { defineConfig } from 'vitest/config';
import { LastLine } from './reporter/last-line.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Processes, because tests start processes; two, because the suite's time is promised for two cores.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ['default', new LastLine()],
  },
});
