import { type KeySchema, scenarioJsonSchema } from './json-schema.ts';

/** One key of a scenario, for documents and for checks of key paths. */
export interface ScenarioKey {
  /** Dots between keys; `[]` for each element of a list. */
  readonly path: string;
  readonly type: string;
  /** As YAML; empty where there is none. */
  readonly default: string;
  readonly description: string;
}

/** Every key of a scenario that has a value of its own, in the order of the schema. */
export function scenarioKeys(): readonly ScenarioKey[] {
  return [...keysOf(scenarioJsonSchema(), '')];
}

/** The table of keys for the README. */
export function scenarioKeysMarkdown(): string {
  const rows = scenarioKeys().map(
    (key) =>
      `| \`${key.path}\` | ${cell(key.type)} | ${key.default && `\`${key.default}\``} | ${cell(key.description)} |`,
  );
  return ['| Key | Type | Default | |', '|---|---|---|---|', ...rows, ''].join('\n');
}

function* keysOf(schema: KeySchema, path: string): Generator<ScenarioKey> {
  const section = sectionOf(schema);
  if (section === null || path !== '') {
    const isPlainSection = schema.properties !== undefined;
    if (!isPlainSection) yield describeKey(schema, path);
  }
  if (section === null) return;
  for (const [name, child] of Object.entries(section.schema.properties ?? {})) {
    yield* keysOf(child, `${path}${section.isList ? '[]' : ''}${path === '' ? '' : '.'}${name}`);
  }
}

/** The object with keys of its own that a value is, may be, or is a list of. A distribution's keys are its type's. */
function sectionOf(schema: KeySchema): { schema: KeySchema; isList: boolean } | null {
  if (schema.title !== undefined && schema.title !== 'section' && schema.title !== 'bootstorm scenario') {
    return null;
  }
  if (schema.properties !== undefined) return { schema, isList: false };
  if (schema.items !== undefined) {
    const inner = sectionOf(schema.items);
    return inner === null ? null : { schema: inner.schema, isList: true };
  }
  for (const choice of schema.anyOf ?? []) {
    const inner = sectionOf(choice);
    if (inner !== null) return inner;
  }
  return null;
}

function describeKey(schema: KeySchema, path: string): ScenarioKey {
  return {
    path,
    type: typeOf(schema),
    default: schema.default === undefined ? '' : JSON.stringify(schema.default).replaceAll('"', ''),
    description: schema.description ?? '',
  };
}

function typeOf(schema: KeySchema): string {
  if (schema.title !== undefined) return schema.title;
  if (schema.const !== undefined) return `\`${word(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${word(value)}\``).join(', ');
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeOf))].join(' or ');
  if (schema.items !== undefined) return `list of ${typeOf(schema.items)}`;
  if (schema.properties !== undefined) return 'section';
  if (typeof schema.additionalProperties === 'object') return `map to ${typeOf(schema.additionalProperties)}`;
  return `${schema.type ?? 'any'}${bounds(schema)}`;
}

function bounds({ minimum, maximum }: KeySchema): string {
  const from = minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? null : minimum;
  const to = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? null : maximum;
  if (from !== null && to !== null) return ` ${from} to ${to}`;
  if (from !== null) return ` from ${from}`;
  return to === null ? '' : ` up to ${to}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function word(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
