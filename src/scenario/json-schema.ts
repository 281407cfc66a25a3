import * as z from 'zod';
import { scenarioSchema } from './schema.ts';

/** The part of JSON Schema that zod writes and we read. */
export interface KeySchema {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, KeySchema>>;
  readonly items?: KeySchema;
  readonly anyOf?: readonly KeySchema[];
  readonly additionalProperties?: boolean | KeySchema;
  readonly propertyNames?: KeySchema;
}

/** The scenario as JSON Schema, for editors: what may be written, not what it becomes. */
export function scenarioJsonSchema(): KeySchema {
  return {
    $id: 'scenario.schema.json',
    title: 'bootstorm scenario',
    ...z.toJSONSchema(scenarioSchema, { io: 'input' }),
  } as KeySchema;
}

/**
 * The names of the keys that may stand at a place in a scenario, or the words that may; empty where it is open. For
 * "did you mean".
 */
export function knownNamesAt(path: readonly PropertyKey[]): readonly string[] {
  let places: readonly KeySchema[] = [scenarioJsonSchema()];
  for (const step of path) places = places.flatMap(choices).flatMap((schema) => childrenOf(schema, step));
  return places
    .flatMap(choices)
    .flatMap(({ properties, propertyNames, enum: words, const: word }) => [
      ...Object.keys(properties ?? {}),
      ...[...(propertyNames?.enum ?? []), ...(words ?? []), word].filter((name) => typeof name === 'string'),
    ]);
}

function choices(schema: KeySchema): readonly KeySchema[] {
  return schema.anyOf === undefined ? [schema] : schema.anyOf.flatMap(choices);
}

function childrenOf(schema: KeySchema, step: PropertyKey): readonly KeySchema[] {
  if (typeof step === 'number') return schema.items === undefined ? [] : [schema.items];
  const child = schema.properties?.[String(step)] ?? schema.additionalProperties;
  return typeof child === 'object' ? [child] : [];
}
