import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatCounts } from './last-line.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const PASSING = `test('passes', () => expect(1).toBe(1));`;

/** Each file of a run, and what the run's last line and exit code must be. */
const RUNS = [
  {
    name: 'only passing tests',
    files: { 'a.test.ts': PASSING, 'b.test.ts': PASSING },
    line: '2 passed, 0 failed, 0 skipped',
    status: 0,
  },
  {
    name: 'failed, skipped and planned tests',
    files: {
      'a.test.ts': `${PASSING} test('fails', () => expect(1).toBe(2)); test.skip('s'); test.todo('t');`,
    },
    line: '1 passed, 1 failed, 2 skipped',
    status: 1,
  },
  {
    name: 'a file that cannot be loaded',
    files: { 'a.test.ts': PASSING, 'b.test.ts': `import './not-there.ts'; ${PASSING}` },
    line: '1 passed, 1 failed, 0 skipped',
    status: 1,
  },
  {
    name: 'a hook that fails',
    files: {
      'a.test.ts': `${PASSING} describe('d', () => { afterAll(() => { throw new Error('x'); }); ${PASSING} });`,
    },
    line: '2 passed, 1 failed, 0 skipped',
    status: 1,
  },
  {
    name: 'an error that nobody caught',
    files: {
      'a.test.ts': `test('passes', async () => { void Promise.reject(new Error('x')); await vi.waitFor(() => {}); });`,
    },
    line: '1 passed, 1 failed, 0 skipped',
    status: 1,
  },
  {
    name: 'no test at all',
    files: { 'a.ts': '' },
    line: '0 passed, 1 failed, 0 skipped',
    status: 1,
  },
];

let project: string;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'bootstorm-reporter-'));
  symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'));
  const reporter = JSON.stringify(join(ROOT, 'test/reporter/last-line.ts'));
  write(
    'vitest.config.ts',
    `import { LastLine } from ${reporter};
     export default { test: { globals: true, maxWorkers: 1, reporters: ['default', new LastLine()] } };`,
  );
});

afterEach(() => rmSync(project, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(project, path)), { recursive: true });
  writeFileSync(join(project, path), text);
}

describe('the last line of a run with', () => {
  test.each(RUNS)('$name', ({ files, line, status }) => {
    for (const [path, text] of Object.entries(files)) write(path, text);
    const run = spawnSync(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run'], {
      cwd: project,
      encoding: 'utf8',
      // The run is one of its own, not a part of this one.
      env: { PATH: process.env['PATH'], NO_COLOR: '1' },
    });
    expect(run.stdout.trimEnd().split('\n').at(-1), run.stderr).toBe(line);
    expect(run.stdout.endsWith(`\n${line}\n`)).toBe(true);
    expect(run.status).toBe(status);
  });
});

test('counts are written as continuous integration reads them', () => {
  expect(formatCounts({ passed: 12, failed: 0, skipped: 3 })).toBe('12 passed, 0 failed, 3 skipped');
});
