/** Objects held against the schemas of the Kubernetes API, which the packages kubernetes-models carry as validators. */
import * as monitoring from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import * as apps from 'kubernetes-models/apps/v1';
import * as batch from 'kubernetes-models/batch/v1';
import * as networking from 'kubernetes-models/networking.k8s.io/v1';
import * as core from 'kubernetes-models/v1';

interface Model {
  validate(): void;
}

/** By API version and kind. The constructors take what an object literal may hold. */
const MODELS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  v1: core,
  'apps/v1': apps,
  'batch/v1': batch,
  'networking.k8s.io/v1': networking,
  'monitoring.coreos.com/v1': monitoring,
};

/**
 * What is wrong with an object, each problem once: what its schema refuses, and every field that its schema does not
 * know. The validators pass over such fields, as an API server does that is not asked to be strict; but they read each
 * field that they know, so one that was never read is unknown.
 */
export function schemaProblems(manifest: { readonly apiVersion: string; readonly kind: string }): string[] {
  const { apiVersion, kind } = manifest;
  const model = MODELS[apiVersion]?.[kind];
  if (typeof model !== 'function') return [`no schema for ${apiVersion} ${kind}`];
  const read = new Set<string>();
  const problems: string[] = [];
  const object = Reflect.construct(model, [manifest]) as Model;
  try {
    object.validate.call(watched(object, '', read));
  } catch (error) {
    problems.push((error as Error).message);
  }
  for (const path of pathsOf(manifest, '')) {
    if (!read.has(path)) problems.push(`unknown field ${path}`);
  }
  return problems;
}

/** The same value, with every path that is read noted in `read`. */
function watched(value: unknown, path: string, read: Set<string>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get: (target, key) => {
      const child: unknown = Reflect.get(target, key);
      if (typeof key !== 'string' || !Object.hasOwn(target, key)) return child;
      read.add(`${path}/${key}`);
      return watched(child, `${path}/${key}`, read);
    },
  });
}

/** Paths of every field, at every depth. */
function pathsOf(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => [
    `${path}/${key}`,
    ...pathsOf(child, `${path}/${key}`),
  ]);
}
