/** What the image would hold, put together without building it, and run. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { summarySchema } from '../../src/report/summary-schema.ts';
import { packageRoot } from '../../src/scenario/package-root.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const HOME = '/app';
/** Where `node` is: of everything that the environment says, the only thing. */
const PATH = dirname(process.execPath);
const { version: VERSION } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
  version: string;
};
const dockerfile = readFileSync(join(packageRoot(), 'Dockerfile'), 'utf8').replaceAll('\\\n', ' ');

interface Copy {
  /** The stage that it comes from; null: the project. */
  readonly from: string | null;
  readonly sources: readonly string[];
  readonly to: string;
}

interface Stage {
  readonly name: string | null;
  readonly lines: readonly string[];
  readonly copies: readonly Copy[];
}

const stages: readonly Stage[] = dockerfile
  .split(/^FROM /m)
  .slice(1)
  .map((text) => {
    const [head = '', ...lines] = text.split('\n');
    return { name: / AS (\w+)/.exec(head)?.[1] ?? null, lines, copies: lines.flatMap(copyOf) };
  });

function copyOf(line: string): Copy[] {
  const match = /^COPY (?:--from=(\w+) )?(.+)$/.exec(line);
  if (!match) return [];
  const paths = (match[2] ?? '').split(' ');
  return [{ from: match[1] ?? null, sources: paths.slice(0, -1), to: paths.at(-1) ?? '' }];
}

function finalStage(): Stage {
  const last = stages.at(-1);
  if (!last) throw new Error('the Dockerfile has no stage');
  return last;
}

/** Packages that `npm ci --omit=dev` installs, by their place under node_modules. */
function productionPackages(): string[] {
  const { packages } = JSON.parse(readFileSync(join(packageRoot(), 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
  };
  return Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && dev !== true && devOptional !== true)
    .map(([path]) => path);
}

/** The folder of the program as the last stage makes it; what an `npm ci` would install is linked. */
function imageFolder(): string {
  const folder = temporaryFolder({});
  for (const { from, sources, to } of finalStage().copies) {
    for (const source of sources) {
      const inProject = from === null ? source : source.replace(`${HOME}/`, '');
      if (inProject === 'node_modules') linkPackages(folder);
      else {
        const target = to.endsWith('/') ? join(to, inProject) : to;
        cpSync(join(packageRoot(), inProject), target.replace(HOME, folder), { recursive: true });
      }
    }
  }
  return folder;
}

function linkPackages(folder: string): void {
  for (const path of productionPackages()) {
    const nested = path.slice('node_modules/'.length).includes('node_modules/');
    const source = join(packageRoot(), path);
    // Packages inside of packages come with them; those for other platforms are not there.
    if (nested || !existsSync(source)) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    symlinkSync(source, join(folder, path));
  }
}

it('copies only what the project has, and what .dockerignore lets through', () => {
  const ignored = readFileSync(join(packageRoot(), '.dockerignore'), 'utf8').split('\n');
  expect(ignored).toContain('*');
  const fromProject = stages.flatMap(({ copies }) =>
    copies.flatMap(({ from, sources }) => (from === null ? sources : [])),
  );
  expect(fromProject.length).toBeGreaterThan(0);
  for (const source of fromProject) {
    expect(existsSync(join(packageRoot(), source)), source).toBe(true);
    expect(ignored).toContain(`!${source.split('/')[0]}`);
  }
  for (const line of ignored.filter((entry) => entry.startsWith('!')))
    expect(fromProject.map((source) => source.split('/')[0])).toContain(line.slice(1));
});

it('holds every file that the package ships, and no source and no package of development', () => {
  const { files, bin } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
    files: string[];
    bin: { bootstorm: string };
  };
  const shipped = finalStage().copies.flatMap(({ sources }) =>
    sources.map((source) => source.replace(`${HOME}/`, '')),
  );
  expect(shipped.toSorted()).toEqual([...files, 'node_modules', 'package.json'].toSorted());
  expect(finalStage().lines.join('\n')).toContain(`${HOME}/${bin.bootstorm} /usr/local/bin/bootstorm`);
});

it('is not run by root', () => {
  const user = finalStage().lines.findLast((line) => line.startsWith('USER '));
  expect(user).toMatch(/^USER [1-9]\d*:[1-9]\d*$/);
});

it('runs, with what it holds and nothing else', () => {
  const folder = imageFolder();
  expect(existsSync(join(folder, 'node_modules/esbuild'))).toBe(false);
  // As the image has it: a link on the path, followed by what the first line of the file says.
  const command = join(temporaryFolder({}), 'bootstorm');
  symlinkSync(join(folder, 'dist/src/cli/main.js'), command);
  const results = temporaryFolder({});
  const run = (...args: string[]): string =>
    execFileSync(command, args, {
      cwd: results,
      // How late the timers of a busy machine are is not what is tested.
      env: { PATH, BOOTSTORM_LATENESS_LIMIT: '10m', BOOTSTORM_LAG_LIMIT: '10m' },
      encoding: 'utf8',
    });
  expect(run('--version').trim()).toBe(VERSION);
  expect(run('plan', 'first-run')).toContain('1,000');
  // A run needs the workers as well, and the package that is not a part of the bundle.
  run('run', '--phones', '5', '--compression', '100', '--hold', '1s', '--quiet', '--json', 'summary.json');
  const summary = summarySchema.parse(JSON.parse(readFileSync(join(results, 'summary.json'), 'utf8')));
  expect(summary.verdict.result).toBe('pass');
});
