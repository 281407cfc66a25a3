import { writeSync } from 'node:fs';
import process from 'node:process';
import type { SerializedError } from 'vitest';
import type { Reporter, TestModule } from 'vitest/node';

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** The last line of `npm test`. */
export function formatCounts({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/**
 * A test that did not run is skipped. A file that cannot be loaded, a hook that failed and an error that nobody
 * caught belong to no test: each counts as one failed.
 */
export function countTests(
  modules: readonly TestModule[],
  unhandledErrors: readonly SerializedError[],
): Counts {
  const counts: Counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
  for (const module of modules) {
    counts.failed += module.errors().length;
    for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      counts[state === 'pending' ? 'skipped' : state] += 1;
    }
  }
  return counts;
}

/** Prints `N passed, N failed, N skipped`, alone on the last line of everything that the run prints. */
export class LastLine implements Reporter {
  #counts: Counts = { passed: 0, failed: 0, skipped: 0 };

  onInit(): void {
    // Other reporters, and vitest itself, still print after the last hook of a run.
    process.once('exit', (exitCode) => this.#print(exitCode));
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    this.#counts = countTests(modules, unhandledErrors);
  }

  #print(exitCode: number): void {
    const failed = this.#counts.failed > 0;
    // A line that says failed and an exit code that says 0, or the other way round, would both be lies.
    if (failed && exitCode === 0) process.exitCode = 1;
    const counts = exitCode !== 0 && !failed ? { ...this.#counts, failed: 1 } : this.#counts;
    writeSync(1, `\n${formatCounts(counts)}\n`);
  }
}
