import { defineConfig } from 'vitest/config';
import { LastLine } from './reporter/last-line.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Processes, because tests start processes; three on the two cores that the suite's time is promised for, because
    // most of them wait for servers half of the time.
    pool: 'forks',
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ['default', new LastLine()],
  },
});
