import {
  BANNED_PROPERTIES,
  bannedLayers,
  bannedModules,
  HARMLESS_NAMES,
  IMPURE_GLOBALS,
  LAYERS,
  type Layer,
  openedLayers,
  PURE_CRYPTO_NAMES,
} from './layers.ts';

const NOT_OPENED_HERE = 'the layer table names the layers that may open sockets, threads and processes';

interface ImportPattern {
  readonly regex?: string;
  readonly group?: readonly string[];
  readonly allowTypeImports?: boolean;
  readonly message: string;
}

interface ImportPath {
  readonly name: string;
  readonly allowImportNames?: readonly string[];
  readonly message: string;
}

export interface FolderRules {
  readonly files: readonly string[];
  readonly rules: Readonly<Record<string, unknown>>;
}

/**
 * The overrides of `.oxlintrc.json` that keep the layers. Where two overrides match a file, the options that the
 * later one gives to a rule replace those of the earlier one: a rule's options are complete in one override, and no
 * rule stands in two that match the same file.
 */
export function folderRules(): FolderRules[] {
  return [everywhere(), belowTheDrivers(), ...LAYERS.flatMap(importRules)];
}

function everywhere(): FolderRules {
  return {
    files: LAYERS.map(filesOf),
    rules: { 'no-restricted-properties': ['error', ...BANNED_PROPERTIES] },
  };
}

function belowTheDrivers(): FolderRules {
  const globals = Object.entries(IMPURE_GLOBALS).map(([name, message]) => ({ name, message }));
  return {
    files: LAYERS.filter(({ pure }) => pure).map(filesOf),
    rules: { 'no-restricted-globals': ['error', ...globals], 'house/no-dynamic-import': 'error' },
  };
}

/** The import bans of a layer: those of the files that lie in it directly, and those of each room. */
function importRules(layer: Layer): FolderRules[] {
  const rooms = layer.rooms ?? [];
  if (rooms.length === 0) return [importRule(filesOf(layer), layer, [])];
  return [
    importRule(`${layer.path}/*`, layer, rooms),
    ...rooms.map((room) =>
      importRule(
        `${layer.path}/${room}/**`,
        layer,
        rooms.filter((other) => other !== room),
      ),
    ),
  ];
}

function importRule(files: string, layer: Layer, bannedRooms: readonly string[]): FolderRules {
  const modules = bannedModules(layer);
  // The order counts: once a negated `group` entry lets a specifier pass, later patterns are not asked.
  const patterns = [
    layersPattern(layer),
    ...(layer.typesOf ? [typesPattern(layer.typesOf)] : []),
    ...(bannedRooms.length > 0 ? [roomsPattern(bannedRooms)] : []),
    ...(layer.pure ? [] : [modulesPattern(modules.filter((module) => !(module in HARMLESS_NAMES)))]),
    ...openedLayers(layer).map(({ path, files: opened }) => filesPattern(path, opened)),
    ...(layer.pure ? [packagePattern(layer.packages ?? [])] : []),
  ];
  const paths = layer.pure ? [pureCrypto()] : modules.flatMap(harmlessPaths);
  return { files: [files], rules: { 'no-restricted-imports': ['error', { paths, patterns }] } };
}

function filesOf(layer: Layer): string {
  return layer.path.endsWith('.ts') ? layer.path : `${layer.path}/**`;
}

function layersPattern(layer: Layer): ImportPattern {
  const allowed = layer.imports.length === 0 ? 'nothing' : layer.imports.join(', ');
  const message = `imports go down: ${layer.path} may import ${allowed}`;
  return { regex: pathsInto(bannedLayers(layer), layer.path.endsWith('.ts')), message };
}

function typesPattern(layers: readonly string[]): ImportPattern {
  return { regex: pathsInto(layers), allowTypeImports: true, message: `only types of ${layers.join(', ')}` };
}

/** Relative paths that leave the folder, from whatever depth, and arrive in one of `layers`. */
function pathsInto(layers: readonly string[], fromFileInSrc = false): string {
  const leaves = fromFileInSrc ? '^(\\.{1,2}/)+' : '^(\\.{1,2}/)*\\.\\./';
  const names = layers.map((path) => path.replace(/^src\//, '').replaceAll('.', '\\.'));
  return `${leaves}(src/)?(${names.join('|')})(/|$)`;
}

function roomsPattern(rooms: readonly string[]): ImportPattern {
  return {
    regex: `^(\\.{1,2}/)+(src/)?(protocols/)?(${rooms.join('|')})(/|$)`,
    message: 'protocols do not import each other',
  };
}

function filesPattern(path: string, files: readonly string[]): ImportPattern {
  const inner = (name: string): string => `**/${name.replace(/^src\//, '')}`;
  return {
    group: [`${inner(path)}/**`, ...files.map((file) => `!${inner(file)}`)],
    message: `of ${path} only what an observer may know: ${files.join(', ')}`,
  };
}

function packagePattern(packages: readonly string[]): ImportPattern {
  const allowed = ['node:crypto', ...packages].map((name) => `!${name}`);
  return {
    group: ['*', '!./**', '!../**', ...allowed],
    message: 'below the drivers there are no modules of Node and no packages but those of the layer table',
  };
}

function pureCrypto(): ImportPath {
  return {
    name: 'node:crypto',
    allowImportNames: PURE_CRYPTO_NAMES,
    message: 'below the drivers only functions whose result depends on their arguments alone',
  };
}

function modulesPattern(modules: readonly string[]): ImportPattern {
  return { regex: `^(node:)?(${modules.join('|')})$`, message: NOT_OPENED_HERE };
}

function harmlessPaths(module: keyof typeof HARMLESS_NAMES): ImportPath[] {
  const names = HARMLESS_NAMES[module];
  if (names === undefined) return [];
  return [module, `node:${module}`].map((name) => ({
    name,
    allowImportNames: names,
    message: NOT_OPENED_HERE,
  }));
}
