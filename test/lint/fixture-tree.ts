/**
 * The fixtures of the linter, laid out as a project of their own: a tree with the folders of the house, where each
 * line that must be reported ends in `// bans WHAT`. The files of `below-drivers` stand for every pure layer and are
 * copied into each.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LAYERS, type Layer } from './layers.ts';
import { FIXTURES } from './oxlint-config.ts';
import { runTool } from './run-tool.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SHARED = join(ROOT, FIXTURES, 'below-drivers');

const TSCONFIG = {
  compilerOptions: { target: 'es2023', module: 'nodenext', strict: true, noEmit: true, types: [] },
};

/** A line that must be reported. */
export interface Expectation {
  readonly file: string;
  readonly line: number;
  /** What the line breaks, as the fixture names it. */
  readonly bans: string;
}

/** A line that was reported. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  /** As oxlint prints it, e.g. `eslint(no-restricted-imports)`. */
  readonly rule: string;
}

/** Folders in which the fixtures of `below-drivers` must be reported. */
export function pureFolders(): string[] {
  return LAYERS.filter(({ pure }) => pure).flatMap((layer) => [
    layer.path,
    ...(layer.rooms ?? []).map((room) => `${layer.path}/${room}`),
  ]);
}

/** Lays the tree out in a temporary folder, and returns the folder. */
export function layOutFixtures(): string {
  const tree = mkdtempSync(join(tmpdir(), 'bootstorm-lint-'));
  cpSync(join(ROOT, FIXTURES), tree, { recursive: true });
  rmSync(join(tree, 'below-drivers'), { recursive: true });
  for (const folder of pureFolders()) {
    for (const name of readdirSync(SHARED)) copyInto(tree, folder, name);
  }
  const plugin = 'test/lint/no-dynamic-import.mjs';
  mkdirSync(join(tree, dirname(plugin)), { recursive: true });
  cpSync(join(ROOT, plugin), join(tree, plugin));
  cpSync(join(ROOT, '.oxlintrc.json'), join(tree, '.oxlintrc.json'));
  writeFileSync(join(tree, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  writeFileSync(join(tree, 'package.json'), '{ "type": "module" }');
  return tree;
}

/** A layer that is a single file takes the shared lines at its end. */
function copyInto(tree: string, folder: string, name: string): void {
  const source = join(SHARED, name);
  if (!folder.endsWith('.ts')) cpSync(source, join(tree, folder, name));
  else writeFileSync(join(tree, folder), readFileSync(source), { flag: 'a' });
}

/** What the lines of the tree say about themselves. */
export function readExpectations(tree: string): Expectation[] {
  return sourceFiles(tree).flatMap((file) =>
    readFileSync(join(tree, file), 'utf8')
      .split('\n')
      .flatMap((text, index) => {
        const bans = / \/\/ bans (\S+)$/.exec(text)?.[1];
        return bans === undefined ? [] : [{ file, line: index + 1, bans }];
      }),
  );
}

export function sourceFiles(tree: string): string[] {
  return ['src', 'workers', 'dashboards'].flatMap((top) =>
    readdirSync(join(tree, top), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(tree, join(entry.parentPath, entry.name))),
  );
}

/** What the linter says about them. */
export async function lintTree(tree: string): Promise<Finding[]> {
  const { stdout } = await runTool('oxlint', ['--type-aware', '--format', 'json'], tree);
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { code?: string; filename: string; labels: { span: { line: number } }[] }[];
  };
  return diagnostics.map(({ code, filename, labels }) => ({
    file: filename,
    line: labels[0]?.span.line ?? 0,
    rule: code ?? '',
  }));
}

/** The fixture in which the import bans of a layer, or of a room of it, are broken. */
export function bannedFixture(layer: Layer, room?: string): string {
  if (layer.path.endsWith('.ts')) return layer.path;
  return join(layer.path, room ?? '', 'banned.ts');
}
