/**
 * Everything between a clone and a program that runs: installs the packages that package-lock.json names, builds the
 * program, and links the command. Whatever is up to date is left alone. It needs nothing but Node, because it runs first.
 *
 *     node src/setup.mjs
 *
 * One line for each thing done; a tool's own output only where it failed. Exit code 1 where something failed.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OLDEST_NODE = [20, 19];
const COMMAND = 'dist/src/cli/main.js';
const BUILD_STAMP = 'dist/.built-from';
const SOURCES = ['src', 'workers', 'bench'];
/** What is started as a command, a process or a thread of its own. */
const PROGRAMS = [
  'src/cli/main.ts',
  'src/engine/agent-process.ts',
  'src/lab/lab-process.ts',
  'src/lab/handshake-process.ts',
  'workers/phone-shard.ts',
  'bench/bare-boot.ts',
  'bench/fold-bench.ts',
  'bench/handshake-bench.ts',
  'bench/redis-bench.ts',
  'bench/storm-bench.ts',
];
/** It looks for files of its own beside its modules. */
const UNBUNDLED = 'piscina';
/** Packages in CommonJS call `require`, which an ES module does not have. Modules of ours may import `createRequire`. */
const BANNER =
  "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);";
const LOCK = '.setup-lock';
const LOCK_POLL_MS = 100;

const inRoot = (path) => join(ROOT, path);
const say = (line) => process.stderr.write(`setup: ${line}\n`);

class SetupError extends Error {}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new SetupError(
    `bootstorm needs Node ${OLDEST_NODE.join('.')} or later, and this is Node ${process.versions.node} (${process.execPath})`,
  );
}

function readPackages(path) {
  if (!existsSync(path)) return null;
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages ?? null;
  } catch {
    return null;
  }
}

/**
 * npm leaves `node_modules/.package-lock.json` when, and only when, an installation is complete. It lists what was
 * installed; packages for other platforms are optional and may be missing.
 */
function isInstalled() {
  const wanted = readPackages(inRoot('package-lock.json'));
  const present = readPackages(inRoot('node_modules/.package-lock.json'));
  if (wanted === null || present === null) return false;
  const isWanted = ([path, { version, integrity }]) =>
    wanted[path]?.version === version && wanted[path]?.integrity === integrity;
  const isPresent = ([path, { optional }]) => path === '' || optional === true || path in present;
  return Object.entries(present).every(isWanted) && Object.entries(wanted).every(isPresent);
}

function install() {
  if (lstatSync(inRoot('node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new SetupError('node_modules is a link to an installation that does not match package-lock.json');
  }
  say('installing the packages of package-lock.json');
  const npm = process.env.npm_execpath;
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  if (npm?.endsWith('npm-cli.js')) runTool('npm ci', process.execPath, [npm, ...args]);
  else runTool('npm ci', 'npm', args);
}

function listFiles(folder) {
  const path = inRoot(folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted((a, b) => (a < b ? -1 : 1));
}

/** Digest of everything that the build reads. */
function fingerprint() {
  const hash = createHash('sha256');
  const others = ['src/setup.mjs', 'tsconfig.json', 'package-lock.json'].map(inRoot);
  const files = [...SOURCES.flatMap(listFiles), ...others];
  for (const file of files) {
    hash
      .update(`${relative(ROOT, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex');
}

function isBuilt() {
  const stamp = inRoot(BUILD_STAMP);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint();
}

/**
 * A storm starts half a dozen processes: with a handful of large files each of them is up in a third of the time that
 * hundreds of modules take. Folders stay as they are, because programs are found by their path from the root.
 */
function build() {
  say('building');
  const builtFrom = fingerprint();
  rmSync(inRoot('dist'), { recursive: true, force: true });
  for (const program of PROGRAMS) bundle(program);
  if (existsSync(inRoot(COMMAND))) chmodSync(inRoot(COMMAND), 0o755);
  writeFileSync(inRoot(BUILD_STAMP), builtFrom);
}

/** Each by itself: what two programs share would be cut into a hundred small files. */
function bundle(program) {
  runTool('esbuild', inRoot('node_modules/esbuild/bin/esbuild'), [
    program,
    '--bundle',
    '--splitting',
    '--format=esm',
    '--platform=node',
    '--target=node20.19',
    '--sourcemap',
    '--legal-comments=none',
    '--log-level=warning',
    '--outdir=dist',
    '--outbase=.',
    '--chunk-names=src/parts/[name]-[hash]',
    `--external:${UNBUNDLED}`,
    `--banner:js=${BANNER}`,
  ]);
}

/** npm links the commands of a project's dependencies, and not its own. */
function isLinked() {
  return lstatSync(inRoot('node_modules/.bin/bootstorm'), { throwIfNoEntry: false }) !== undefined;
}

function link() {
  mkdirSync(inRoot('node_modules/.bin'), { recursive: true });
  symlinkSync(`../../${COMMAND}`, inRoot('node_modules/.bin/bootstorm'));
}

function runTool(name, program, args) {
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (status === 0) return;
  const output = [stdout, stderr, error?.message].filter(Boolean).join('\n').trimEnd();
  throw new SetupError(`${name} failed\n\n${output}`);
}

const STEPS = [
  { isDone: isInstalled, run: install },
  { isDone: isBuilt, run: build },
  { isDone: isLinked, run: link },
];

/** One set-up of a project at a time: the lock is a file that holds the process id of its owner. */
function withLock(work) {
  while (!takeLock()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_POLL_MS);
  try {
    work();
  } finally {
    rmSync(inRoot(LOCK), { force: true });
  }
}

function takeLock() {
  const own = inRoot(`${LOCK}-${process.pid}`);
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, inRoot(LOCK));
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(own);
  }
  if (!isOwnerAlive()) rmSync(inRoot(LOCK), { force: true });
  return false;
}

function isOwnerAlive() {
  try {
    return process.kill(Number(readFileSync(inRoot(LOCK), 'utf8')), 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function setUp() {
  checkNode();
  const isReady = () => STEPS.every(({ isDone }) => isDone());
  if (isReady()) return;
  withLock(() => {
    for (const { isDone, run } of STEPS) {
      if (!isDone()) run();
    }
  });
}

try {
  setUp();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
