/** The manifests as `kubectl apply -k` would send them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { packageRoot } from '../../src/scenario/package-root.ts';
import { requireKubectl } from '../setup/kubectl.ts';

const MANIFESTS = join(packageRoot(), 'k8s');
/** Each is rendered once for all tests of a process. */
const overlays = new Map<string, readonly Manifest[]>();

export const OVERLAYS = foldersOf('overlays');
/** What an overlay of the user's own may add; `host-network` is a part of two overlays. */
export const COMPONENTS = foldersOf('components').filter((name) => name !== 'host-network');

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly resources: { readonly requests: unknown; readonly limits: unknown };
  readonly securityContext: unknown;
  readonly workingDir?: string;
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

export interface PodSpec {
  readonly hostNetwork?: boolean;
  readonly dnsPolicy?: string;
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes: readonly { readonly name: string; readonly configMap?: { readonly name: string } }[];
  readonly affinity?: unknown;
  readonly serviceAccountName: string;
  readonly automountServiceAccountToken: boolean;
  readonly enableServiceLinks: boolean;
  readonly securityContext: Readonly<Record<string, unknown>>;
}

export interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: PodSpec;
}

/** As much of an object as the tests read; all of it is held against the schema of its kind. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: Readonly<Record<string, unknown>> & { readonly template?: PodTemplate };
}

/** Every object of an overlay of ours. */
export function renderOverlay(name: string): readonly Manifest[] {
  const known = overlays.get(name) ?? render(join(MANIFESTS, 'overlays', name));
  overlays.set(name, known);
  return known;
}

/** Every object of an overlay of the user's own: a folder beside those of ours, with this as its kustomization. */
export function renderOwn(lines: readonly string[]): readonly Manifest[] {
  const folder = join(MANIFESTS, 'overlays', `.test-${process.pid}`);
  mkdirSync(folder);
  try {
    writeFileSync(join(folder, 'kustomization.yaml'), lines.join('\n'));
    return render(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function render(folder: string): Manifest[] {
  const text = execFileSync(requireKubectl(), ['kustomize', folder], { encoding: 'utf8' });
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}

export function objectOf(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const found = manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  if (!found) throw new Error(`no ${kind} ${name}`);
  return found;
}

export function podOf(manifest: Manifest): PodSpec {
  const spec = manifest.spec?.template?.spec;
  if (!spec) throw new Error(`${manifest.kind} ${manifest.metadata.name} has no pods`);
  return spec;
}

/** The container of a job that is bootstorm. */
export function bootstormOf(manifests: readonly Manifest[], job: string): Container {
  const [container] = podOf(objectOf(manifests, 'Job', job)).containers;
  if (!container) throw new Error(`${job} has no container`);
  return container;
}

export const withPods = (manifests: readonly Manifest[]): readonly Manifest[] =>
  manifests.filter(({ spec }) => spec?.template !== undefined);

function foldersOf(name: string): string[] {
  return readdirSync(join(MANIFESTS, name))
    .filter((entry) => !entry.startsWith('.'))
    .toSorted();
}
