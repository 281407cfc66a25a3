import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { readInputFile } from './input-file.ts';
import { BootstormError } from '../errors.ts';
import { type Inventory, loadInventory } from './inventory.ts';
import { optionAttribute, optionVariable } from './flag-shape.ts';
import { SCENARIO_OPTIONS, type ScenarioOption } from './options.ts';
import { shippedScenarios } from './package-root.ts';
import { type KeyPath, type Locate, type Problem, problemsOf, refuse } from './problems.ts';
import { type Scenario, scenarioSchema } from './schema.ts';
import { suggest } from './suggest.ts';
import { parseYaml } from './yaml-source.ts';

/** Where a scenario comes from; what stands further down wins: file, environment, flags. */
export interface ScenarioSources {
  /** A file, or the name of a shipped scenario; left out: defaults. */
  readonly file?: string | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** By `optionAttribute`, as commander hands them over; others are not looked at. */
  readonly flags?: Readonly<Record<string, unknown>> | undefined;
  /** Variables of the environment that mean something to others. */
  readonly otherVariables?: readonly string[] | undefined;
  /** What is wrong with the flags of others, to be said with the rest. */
  readonly otherProblems?: readonly Problem[] | undefined;
}

/** A scenario that is complete and well-formed, with the phones that it names. Paths of secrets are absolute. */
export interface LoadedScenario {
  readonly scenario: Scenario;
  /** The keys that were set, by file, environment and flags, as they were written: a scenario that can be loaded. */
  readonly written: Readonly<Record<string, unknown>>;
  readonly inventory: Inventory | null;
  /** Where a key was set; null: it has its default. */
  readonly locate: Locate;
  readonly warnings: readonly string[];
}

/**
 * Read a scenario from file, environment and flags. Throws `invalid-scenario` with all problems at once, each with its
 * place; `invalid-inventory`; `file-unreadable`.
 */
export function loadScenario(sources: ScenarioSources): LoadedScenario {
  const path = sources.file === undefined ? null : findScenario(sources.file);
  const name = path === null ? 'the scenario' : path;
  const yaml = parseYaml(path === null ? '' : readInputFile(path), path ?? 'defaults');
  refuse('invalid-scenario', name, yaml.problems, yaml.locate);
  if (!isSection(yaml.value)) {
    const message = `expected keys such as "phones:" and "ramp:", got ${Array.isArray(yaml.value) ? 'a list' : typeof yaml.value}`;
    refuse('invalid-scenario', name, [{ path: [], message }], () => path);
  }
  const written = isSection(yaml.value) ? yaml.value : {};
  const origins: { path: KeyPath; origin: string }[] = [];
  const { settings, warnings } = overridesOf(sources);
  for (const { option, origin, value } of settings) {
    for (const key of option.replaces ?? []) unset(written, key);
    set(written, option.path, value);
    origins.push({ path: option.path, origin });
  }
  const locate: Locate = (key, isKey) => overrideAt(origins, key) ?? yaml.locate(key, isKey);
  const scenario = validate(written, name, locate, sources.otherProblems ?? []);
  /** What a file says is relative to it, what a flag or variable says to where we are. */
  const absolute = (key: KeyPath, text: string): string => {
    const isFromFile = path !== null && overrideAt(origins, key) === null;
    return resolve(isFromFile ? dirname(path) : process.cwd(), text);
  };
  const { inventory, security } = scenario.phones;
  for (const key of ['certificates', 'passwordFile'] as const) {
    const text = security[key];
    if (text !== undefined) security[key] = absolute(['phones', 'security', key], text);
  }
  const { security: lab } = scenario.lab;
  if (lab.certificates !== undefined) {
    lab.certificates = absolute(['lab', 'security', 'certificates'], lab.certificates);
  }
  if (lab.capf.passwordFile !== undefined) {
    lab.capf.passwordFile = absolute(['lab', 'security', 'capf', 'passwordFile'], lab.capf.passwordFile);
  }
  const file = inventory === undefined ? null : absolute(['phones', 'inventory'], inventory);
  return { scenario, written, inventory: file === null ? null : loadInventory(file), locate, warnings };
}

/** The file of a scenario: the path itself, or a shipped scenario by its name. Throws `file-unreadable`. */
export function findScenario(nameOrPath: string): string {
  if (existsSync(nameOrPath)) return nameOrPath;
  const shipped = join(shippedScenarios(), `${nameOrPath}.yaml`);
  if (basename(nameOrPath) === nameOrPath && existsSync(shipped)) return shipped;
  const names = shippedScenarioNames();
  throw new BootstormError('file-unreadable', `no scenario ${nameOrPath}${suggest(nameOrPath, names)}`, {
    hint: `give a YAML file, or one of the shipped scenarios: ${names.join(', ')}`,
  });
}

export function shippedScenarioNames(): readonly string[] {
  return readdirSync(shippedScenarios())
    .filter((file) => extname(file) === '.yaml')
    .map((file) => basename(file, '.yaml'));
}

function validate(written: Section, name: string, locate: Locate, others: readonly Problem[]): Scenario {
  const result = scenarioSchema.safeParse(written, { reportInput: true });
  const problems = [...others, ...(result.success ? [] : problemsOf(result.error))];
  const hint = 'the README lists every key; `bootstorm plan` checks a scenario without sending anything';
  refuse('invalid-scenario', name, sortByPlace(problems, locate), locate, hint);
  if (result.success) return result.data;
  throw new Error('a refused scenario without problems', { cause: result.error });
}

interface Override {
  readonly option: ScenarioOption;
  readonly origin: string;
  readonly value: unknown;
}

/** What environment and flags set, flags last. */
function overridesOf({ environment = {}, flags = {}, otherVariables = [] }: ScenarioSources): {
  settings: readonly Override[];
  warnings: readonly string[];
} {
  const fromEnvironment: Override[] = [];
  const fromFlags: Override[] = [];
  for (const option of SCENARIO_OPTIONS) {
    const variable = optionVariable(option);
    const text = environment[variable];
    if (text !== undefined && text !== '') {
      fromEnvironment.push({ option, origin: variable, value: option.parse(text) });
    }
    const flag = flags[optionAttribute(option)];
    if (flag === undefined) continue;
    const value = typeof flag === 'string' ? option.parse(flag) : flag;
    fromFlags.push({ option, origin: `--${option.name}`, value });
  }
  const known = [...SCENARIO_OPTIONS.map(optionVariable), ...otherVariables];
  const warnings = Object.keys(environment)
    .filter((variable) => variable.startsWith('BOOTSTORM_') && !known.includes(variable))
    .map((variable) => `environment variable ${variable} is not known${suggest(variable, known)}`);
  return { settings: [...fromEnvironment, ...fromFlags], warnings };
}

type Section = { [key: string]: unknown };

function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function set(root: Section, path: KeyPath, value: unknown): void {
  let section = root;
  for (const key of path.slice(0, -1)) {
    const child = section[key];
    const next: Section = isSection(child) ? child : {};
    section[key] = next;
    section = next;
  }
  section[path.at(-1) ?? ''] = value;
}

function unset(root: Section, path: KeyPath): void {
  let section = root;
  for (const key of path.slice(0, -1)) {
    const child = section[key];
    if (!isSection(child)) return;
    section = child;
  }
  delete section[path.at(-1) ?? ''];
}

/** The flag or variable that set a key, something inside it, or the section it is in; flags come last and win. */
function overrideAt(origins: readonly { path: KeyPath; origin: string }[], path: KeyPath): string | null {
  const found = origins.findLast((override) => override.path.every((step, i) => step === path[i]));
  return found?.origin ?? null;
}

function sortByPlace(problems: readonly Problem[], locate: Locate): readonly Problem[] {
  const lineOf = ({ path, isKey }: Problem): number =>
    Number(/:(\d+):\d+$/.exec(locate(path, isKey) ?? '')?.[1] ?? 0);
  return [...problems].sort((a, b) => lineOf(a) - lineOf(b));
}
