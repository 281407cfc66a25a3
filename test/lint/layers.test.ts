import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  bannedFixture,
  type Expectation,
  type Finding,
  layOutFixtures,
  lintTree,
  pureFolders,
  readExpectations,
  sourceFiles,
} from './fixture-tree.ts';
import {
  BANNED_PROPERTIES,
  bannedLayers,
  bannedModules,
  IMPURE_GLOBALS,
  LAYERS,
  openedLayers,
} from './layers.ts';
import { renderConfig } from './oxlint-config.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The rules that keep the layers; fixtures break others too, by being fixtures. */
const LAYER_RULES = [
  'eslint(no-restricted-imports)',
  'eslint(no-restricted-globals)',
  'eslint(no-restricted-properties)',
  'house(no-dynamic-import)',
];

let tree: string;
let expectations: Expectation[];
let findings: Finding[];

beforeAll(async () => {
  tree = layOutFixtures();
  expectations = readExpectations(tree);
  findings = await lintTree(tree);
});

afterAll(() => rmSync(tree, { recursive: true }));

const place = ({ file, line }: Expectation | Finding): string => `${file}:${line}`;

function bansOf(file: string): string[] {
  return expectations.filter((expectation) => expectation.file === file).map(({ bans }) => bans);
}

test('the committed configuration is the one that the layer table makes', () => {
  expect(readFileSync(`${ROOT}.oxlintrc.json`, 'utf8'), 'run `npm run lint:config`').toBe(renderConfig());
});

test('every folder of the product has its row in the table', () => {
  const rows = LAYERS.map(({ path }) => path);
  const inSource = readdirSync(`${ROOT}src`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'schema')
    .map(({ name }) => `src/${name}`);
  expect(rows).toEqual(expect.arrayContaining(inSource));
});

test('every protocol is a room of its own', () => {
  const rooms = LAYERS.flatMap((layer) => layer.rooms ?? []);
  const folders = readdirSync(`${ROOT}src/protocols`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  expect(rooms).toEqual(expect.arrayContaining(folders));
});

describe('every ban has a fixture', () => {
  test.each(LAYERS)('$path: layers and modules', (layer) => {
    const bans = bansOf(bannedFixture(layer));
    const paths = [
      ...bannedLayers(layer),
      ...(layer.typesOf ?? []),
      ...openedLayers(layer).map(({ path }) => path),
    ];
    expect(bans).toEqual(expect.arrayContaining(paths));
    if (layer.pure) return;
    // Each module twice: by its bare name and with `node:`.
    const modules = bannedModules(layer).flatMap((module) => [module, module]);
    expect(bans.filter((ban) => modules.some((module) => module === ban)).sort()).toEqual(modules.sort());
  });

  test('siblings', () => {
    for (const layer of LAYERS) {
      for (const room of layer.rooms ?? []) {
        const siblings = (layer.rooms ?? []).filter((other) => other !== room);
        const paths = siblings.map((sibling) => `${layer.path}/${sibling}`);
        expect(bansOf(bannedFixture(layer, room))).toEqual(paths);
      }
    }
  });

  test.each(pureFolders())('below the drivers, in %s', (folder) => {
    const inFolder = expectations.filter(({ file }) => file.startsWith(folder)).map(({ bans }) => bans);
    expect(inFolder).toEqual(
      expect.arrayContaining([
        ...Object.keys(IMPURE_GLOBALS),
        ...BANNED_PROPERTIES.map(({ object, property }) => `${object}.${property}`),
        'import()',
        'packages',
        'crypto.randomBytes',
        'crypto.randomUUID',
        'dgram',
        'timers',
        'fs',
      ]),
    );
  });

  test('rules for every file', () => {
    const broken = bansOf('src/runner/habits.ts');
    const reported = findings.filter(({ file }) => file === 'src/runner/habits.ts');
    const rules = new Set(reported.map(({ rule }) => rule.replace('(', '/').replace(')', '')));
    expect(broken.filter((rule) => !rules.has(rule))).toEqual([]);
  });
});

describe('the linter', () => {
  test('can read every fixture', () => {
    // A file that does not parse has findings without a rule, and no other.
    expect(findings.filter(({ rule }) => rule === '')).toEqual([]);
  });

  test('reports exactly the lines that break a layer rule', () => {
    const isHabit = (file: string): boolean => /^src\/runner\/(habits|cycle|cycle-back)\.ts$/.test(file);
    const expected = expectations.filter(({ file }) => !isHabit(file)).map(place);
    const reported = findings
      .filter(({ rule, file }) => LAYER_RULES.includes(rule) && !isHabit(file))
      .map(place);
    expect([...new Set(reported)].sort()).toEqual(expected.sort());
  });

  test('reports the habits and cycles line by line', () => {
    const reported = findings.map(
      ({ file, line, rule }) => `${file}:${line} ${rule.replace('(', '/').replace(')', '')}`,
    );
    const expected = expectations
      .filter(({ bans }) => /^(eslint|import|typescript|unicorn)\//.test(bans))
      .map(({ file, line, bans }) => `${file}:${line} ${bans}`);
    expect(expected.length).toBeGreaterThan(10);
    expect(expected.filter((line) => !reported.includes(line))).toEqual([]);
  });

  test('reports nothing of the kind in clean fixtures', () => {
    const clean = sourceFiles(tree).filter((file) => file.endsWith('clean.ts'));
    expect(clean.length).toBeGreaterThan(LAYERS.length);
    const reported = findings.filter(({ file, rule }) => clean.includes(file) && LAYER_RULES.includes(rule));
    expect(reported).toEqual([]);
  });
});
