/** The set-up of a clone, in a small project of its own with an npm and an esbuild that only note what they do. */
import { execFile } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const SETUP = fileURLToPath(new URL('../src/setup.mjs', import.meta.url));

/** Installs the lock file's packages, and one of them is what builds the program. */
const NPM = `
  const fs = require('node:fs');
  fs.appendFileSync('actions.log', 'npm ' + process.argv.slice(2).join(' ') + '\\n');
  fs.mkdirSync('node_modules/esbuild/bin', { recursive: true });
  fs.copyFileSync('esbuild-stub.js', 'node_modules/esbuild/bin/esbuild');
  fs.chmodSync('node_modules/esbuild/bin/esbuild', 0o755);
  const { packages } = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'));
  const { ['']: root, ['node_modules/other-platform']: optional, ...installed } = packages;
  fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages: installed }));
`;

/** It is asked for one program after the other: the first stands for all. */
const ESBUILD = `#!/usr/bin/env node
  if (process.argv[2] !== 'src/cli/main.ts') process.exit(0);
  const fs = require('node:fs');
  fs.appendFileSync('actions.log', 'esbuild\\n');
  if (fs.readFileSync('src/cli/main.ts', 'utf8').includes('wrong')) {
    console.log('src/cli/main.ts(1,1): error TS0000: wrong');
    process.exit(2);
  }
  fs.mkdirSync('dist/src/cli', { recursive: true });
  fs.writeFileSync('dist/src/cli/main.js', '#!/usr/bin/env node\\nconsole.log("ran");\\n');
`;

let project: string;
let npm: string;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'bootstorm-setup-'));
  npm = write('npm-cli.js', NPM);
  write('esbuild-stub.js', ESBUILD);
  write('package.json', '{ "name": "bootstorm", "type": "commonjs" }');
  writeLock('1.0.0');
  write('tsconfig.json', '{}');
  write('src/cli/main.ts', 'export {};');
  cpSync(SETUP, join(project, 'src/setup.mjs'));
});

afterEach(() => rmSync(project, { recursive: true }));

function write(path: string, text: string): string {
  const file = join(project, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

function writeLock(version: string): void {
  const packages = {
    '': { name: 'bootstorm' },
    'node_modules/typescript': { version, integrity: `sha512-${version}` },
    'node_modules/other-platform': { version, integrity: `sha512-${version}`, optional: true },
  };
  write('package-lock.json', JSON.stringify({ packages }));
}

function setUp(): Promise<{ status: number; output: string }> {
  const env = { PATH: process.env['PATH'], HOME: join(project, 'no-home'), npm_execpath: npm };
  return new Promise((resolve) => {
    execFile(process.execPath, ['src/setup.mjs'], { cwd: project, env }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });
}

/** What npm and esbuild were asked to do since the last call. */
function actions(): string[] {
  const log = join(project, 'actions.log');
  const lines = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
  rmSync(log, { force: true });
  return lines;
}

const INSTALL = 'npm ci --include=dev --no-audit --no-fund';

test('a fresh clone is installed, built and linked, with one line for each', async () => {
  const { status, output } = await setUp();
  expect(status, output).toBe(0);
  expect(actions()).toEqual([INSTALL, 'esbuild']);
  expect(output.trim().split('\n')).toHaveLength(2);
  expect(readlinkSync(join(project, 'node_modules/.bin/bootstorm'))).toBe('../../dist/src/cli/main.js');
  // The build does not keep the mode that makes a command of a file.
  expect(statSync(join(project, 'dist/src/cli/main.js')).mode & 0o111).toBe(0o111);
});

test('what is up to date is left alone, without a word', async () => {
  await setUp();
  actions();
  expect(await setUp()).toEqual({ status: 0, output: '' });
  expect(actions()).toEqual([]);
});

test('a changed source is built again, and nothing of the old output stays', async () => {
  await setUp();
  actions();
  write('dist/src/removed.js', '');
  appendFileSync(join(project, 'src/cli/main.ts'), '// changed');
  await setUp();
  expect(actions()).toEqual(['esbuild']);
  expect(existsSync(join(project, 'dist/src/removed.js'))).toBe(false);
});

test('a source that was only touched is not built again', async () => {
  await setUp();
  actions();
  writeFileSync(join(project, 'src/cli/main.ts'), readFileSync(join(project, 'src/cli/main.ts')));
  await setUp();
  expect(actions()).toEqual([]);
});

test('changed packages are installed, and the program built with them', async () => {
  await setUp();
  actions();
  writeLock('1.0.1');
  await setUp();
  expect(actions()).toEqual([INSTALL, 'esbuild']);
});

test('an installation that was broken off is done again', async () => {
  await setUp();
  actions();
  rmSync(join(project, 'node_modules/.package-lock.json'));
  await setUp();
  expect(actions()).toEqual([INSTALL]);
});

test('what the build says is shown where it fails, and it is asked again the next time', async () => {
  write('src/cli/main.ts', 'wrong');
  const { status, output } = await setUp();
  expect(status).toBe(1);
  expect(output).toContain('error TS0000: wrong');
  write('src/cli/main.ts', 'export {};');
  expect((await setUp()).status).toBe(0);
  expect(actions()).toEqual([INSTALL, 'esbuild', 'esbuild']);
});

test('of several at once one does the work, and all succeed', async () => {
  const results = await Promise.all([setUp(), setUp(), setUp()]);
  expect(results.map(({ status }) => status)).toEqual([0, 0, 0]);
  expect(actions()).toEqual([INSTALL, 'esbuild']);
  expect(existsSync(join(project, '.setup-lock'))).toBe(false);
});

test('the lock of a set-up that was killed is no obstacle', async () => {
  // The process id of a process that is gone: it has ended, and we have heard of it.
  const gone = await new Promise<number>((resolve) => {
    const child = execFile('true', () => resolve(child.pid ?? 0));
  });
  write('.setup-lock', String(gone));
  expect((await setUp()).status).toBe(0);
});

test('an installation that is linked from elsewhere is used, and never replaced', async () => {
  await setUp();
  actions();
  const elsewhere = join(project, 'elsewhere');
  cpSync(join(project, 'node_modules'), elsewhere, { recursive: true });
  rmSync(join(project, 'node_modules'), { recursive: true });
  symlinkSync(elsewhere, join(project, 'node_modules'));
  expect((await setUp()).status).toBe(0);
  writeLock('2.0.0');
  expect((await setUp()).status).toBe(1);
  expect(actions()).toEqual([]);
  expect(lstatSync(join(project, 'node_modules')).isSymbolicLink()).toBe(true);
});

test('a Node that is too old is told so', async () => {
  const setup = readFileSync(SETUP, 'utf8').replace(/OLDEST_NODE = \[.*\]/, 'OLDEST_NODE = [99, 1]');
  write('src/setup.mjs', setup);
  const { status, output } = await setUp();
  expect(status).toBe(1);
  expect(output).toContain(`needs Node 99.1 or later, and this is Node ${process.versions.node}`);
  expect(actions()).toEqual([]);
});
