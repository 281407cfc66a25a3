import { describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { schemaProblems } from './api-schema.ts';
import {
  bootstormOf,
  COMPONENTS,
  type Container,
  type Manifest,
  objectOf,
  OVERLAYS,
  podOf,
  renderOverlay,
  renderOwn,
  withPods,
} from './rendered.ts';

const AGENTS = 'bootstorm-agents';
const COORDINATOR = 'bootstorm-coordinator';
const AGENT_COUNT = 7;

const containersOf = (manifests: readonly Manifest[]): readonly Container[] =>
  withPods(manifests).flatMap((manifest) => {
    const { containers, initContainers = [] } = podOf(manifest);
    return [...containers, ...initContainers];
  });

const everyProblem = (manifests: readonly Manifest[]): string[] =>
  manifests.flatMap((manifest) =>
    schemaProblems(manifest).map((problem) => `${manifest.kind} ${manifest.metadata.name}: ${problem}`),
  );

/** An overlay with every component and another number of agents, as the README shows it. */
const everything = (overlay: string): readonly Manifest[] =>
  renderOwn([
    `resources: [../${overlay}]`,
    `components: [${COMPONENTS.map((name) => `../../components/${name}`).join(', ')}]`,
    'patches:',
    `  - target: { kind: Job, name: ${AGENTS} }`,
    `    patch: "- { op: replace, path: /spec/completions, value: ${AGENT_COUNT} }"`,
    'transformers: [../../number-of-agents]',
  ]);

describe.each(OVERLAYS)('the overlay %s', (overlay) => {
  const manifests = renderOverlay(overlay);

  it('has objects that the schemas of their kinds accept, and no field that they do not know', () => {
    expect(everyProblem(manifests)).toEqual([]);
  });

  it('runs one agent for each that the coordinator waits for, and survives the loss of all', () => {
    const { spec } = objectOf(manifests, 'Job', AGENTS);
    const { args = [] } = bootstormOf(manifests, COORDINATOR);
    expect(spec).toMatchObject({ completionMode: 'Indexed', backoffLimitPerIndex: 0 });
    expect([spec?.['parallelism'], spec?.['maxFailedIndexes']]).toEqual(Array(2).fill(spec?.['completions']));
    expect(args[args.indexOf('--agents') + 1]).toBe(String(spec?.['completions']));
    expect(objectOf(manifests, 'Job', COORDINATOR).spec).toMatchObject({ backoffLimit: 0 });
  });

  it('gives every container what it asks for: requests equal limits, of processor and memory', () => {
    for (const { name, resources } of containersOf(manifests)) {
      expect(resources.requests, name).toEqual(resources.limits);
      expect(resources.limits, name).toEqual({ cpu: expect.any(String), memory: expect.any(String) });
    }
  });

  it('gives no container rights that it does not need', () => {
    for (const manifest of withPods(manifests)) {
      const pod = podOf(manifest);
      expect(pod).toMatchObject({ serviceAccountName: 'bootstorm', automountServiceAccountToken: false });
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
    }
    for (const { securityContext } of containersOf(manifests))
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    expect(manifests.map(({ kind }) => kind).filter((kind) => /Role/.test(kind))).toEqual([]);
  });

  it('pins every image, and names no namespace', () => {
    for (const { image } of containersOf(manifests)) expect(image).toMatch(/^[\w./-]+:\d+\.\d+\.\d+$/);
    for (const { metadata } of manifests) expect(metadata.namespace).toBeUndefined();
  });

  it('selects pods that there are, and ports and volumes that these have', () => {
    for (const { kind, labels, ports } of selectionsOf(manifests)) {
      const selected = withPods(manifests).filter((manifest) =>
        isSelected(labels, manifest.spec?.template?.metadata.labels ?? {}),
      );
      expect(selected.length, `${kind} ${JSON.stringify(labels)}`).toBeGreaterThan(0);
      const names = selected.flatMap((manifest) =>
        podOf(manifest).containers.flatMap((container) => (container.ports ?? []).map(({ name }) => name)),
      );
      for (const port of ports) expect(names, kind).toContain(port);
    }
    for (const manifest of withPods(manifests)) {
      const { containers, volumes } = podOf(manifest);
      const known = volumes.map(({ name }) => name);
      for (const { volumeMounts = [] } of containers)
        for (const { name } of volumeMounts) expect(known).toContain(name);
    }
  });

  it('keeps pods with the network of their node apart, and pretends no policy for them', () => {
    const jobs = [AGENTS, COORDINATOR].map((name) => podOf(objectOf(manifests, 'Job', name)));
    if (jobs.every(({ hostNetwork }) => hostNetwork !== true)) return;
    const ports = jobs.flatMap(({ containers }) => containers.flatMap(({ ports: own = [] }) => own));
    expect(new Set(ports.map(({ containerPort }) => containerPort)).size).toBe(ports.length);
    const [agents] = jobs;
    const agentPorts = agents?.containers.flatMap(({ ports: own = [] }) => own) ?? [];
    const isSpread = JSON.stringify(agents?.affinity).includes('podAntiAffinity');
    expect(isSpread || agentPorts.length === 0).toBe(true);
    for (const { dnsPolicy } of jobs) expect(dnsPolicy).toBe('ClusterFirstWithHostNet');
    // No policy applies to them, and none of Redis would know them.
    expect(
      manifests
        .filter(({ kind }) => kind === 'NetworkPolicy')
        .map(({ metadata, spec }) => ({
          name: metadata.name,
          ingress: spec?.['ingress'],
        })),
    ).toEqual([{ name: 'bootstorm-redis', ingress: [{ ports: [{ protocol: 'TCP', port: 'redis' }] }] }]);
  });

  it('takes every component, and another number of agents in one place', () => {
    const own = everything(overlay);
    expect(everyProblem(own)).toEqual([]);
    expect(objectOf(own, 'Job', AGENTS).spec).toMatchObject({
      completions: AGENT_COUNT,
      parallelism: AGENT_COUNT,
      maxFailedIndexes: AGENT_COUNT,
      backoffLimitPerIndex: 1,
    });
    const { args = [], env = [] } = bootstormOf(own, COORDINATOR);
    expect(args[args.indexOf('--agents') + 1]).toBe(String(AGENT_COUNT));
    expect(env).toContainEqual({ name: 'BOOTSTORM_ON_AGENT_LOSS', value: 'restart' });
    expect(objectOf(own, 'Job', AGENTS).spec?.['podFailurePolicy']).toMatchObject({
      rules: [{ onExitCodes: { values: [EXIT_CODES.invalidConfiguration.code, EXIT_CODES.aborted.code] } }],
    });
    expect(own.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['PodMonitor', 'PersistentVolumeClaim']),
    );
    expect(podOf(objectOf(own, 'Job', AGENTS)).volumes).toContainEqual({
      name: 'results',
      persistentVolumeClaim: { claimName: 'bootstorm-results' },
    });
  });
});

describe('the schemas', () => {
  const job = (): Manifest => structuredClone(objectOf(renderOverlay('one-node'), 'Job', AGENTS));
  const planted = (edit: (spec: Record<string, unknown>, container: Record<string, unknown>) => void) => {
    const manifest = job();
    const [container] = podOf(manifest).containers;
    edit(manifest.spec as Record<string, unknown>, container as unknown as Record<string, unknown>);
    return schemaProblems(manifest);
  };

  it('find a field that Kubernetes does not know, wherever it is', () => {
    expect(planted((spec) => Object.assign(spec, { maxFailedIndices: 3 }))).toEqual([
      'unknown field /spec/maxFailedIndices',
    ]);
    expect(planted((_, container) => Object.assign(container, { workingdir: '/' }))).toEqual([
      'unknown field /spec/template/spec/containers/0/workingdir',
    ]);
    expect(schemaProblems({ ...job(), sepc: {} } as Manifest)).toEqual(['unknown field /sepc']);
  });

  it('refuse a value of another type, one that is not on the list, and a field that is missing', () => {
    const problems = planted((spec, container) => {
      Object.assign(spec, { backoffLimitPerIndex: '0', completionMode: 'Index' });
      delete container['name'];
    });
    expect(problems.join()).toMatch(/backoffLimitPerIndex must be integer/);
    expect(problems.join()).toMatch(/completionMode must be equal to one of the allowed values/);
    expect(problems.join()).toMatch(/must have required property name/);
  });

  it('have no mercy with a kind that they do not know', () => {
    expect(schemaProblems({ apiVersion: 'batch/v1', kind: 'Jobb' })).toEqual(['no schema for batch/v1 Jobb']);
  });
});

interface Selection {
  readonly kind: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Ports by name that the selected pods must have. */
  readonly ports: readonly string[];
}

/** Everything in the manifests that selects pods by labels, with the named ports that belong to the selection. */
function selectionsOf(manifests: readonly Manifest[]): Selection[] {
  return manifests.flatMap(({ kind, metadata, spec }) => collectSelections(spec, `${kind} ${metadata.name}`));
}

function collectSelections(value: unknown, kind: string): Selection[] {
  if (typeof value !== 'object' || value === null) return [];
  const section = value as Record<string, unknown>;
  const selector = section['podSelector'] ?? section['labelSelector'] ?? section['selector'];
  const labels = (selector as { matchLabels?: Record<string, string> } | undefined)?.matchLabels ?? selector;
  const ports = ((section['ports'] ?? []) as Record<string, unknown>[])
    .map(({ port, targetPort }) => targetPort ?? port)
    .filter((port) => typeof port === 'string');
  const own = labels === undefined ? [] : [{ kind, labels: labels as Record<string, string>, ports }];
  return [
    ...own,
    ...ruleSelections(section, kind),
    ...Object.values(section).flatMap((child) => collectSelections(child, kind)),
  ];
}

/** A rule of a policy names its peers in one list and their ports in another. */
function ruleSelections({ to, ports }: Record<string, unknown>, kind: string): Selection[] {
  if (!Array.isArray(to) || !Array.isArray(ports)) return [];
  const named = ports.map(({ port }: { port: unknown }) => port).filter((port) => typeof port === 'string');
  return to.flatMap((peer: { podSelector?: { matchLabels: Record<string, string> } }) =>
    peer.podSelector ? [{ kind, labels: peer.podSelector.matchLabels, ports: named }] : [],
  );
}

function isSelected(
  selector: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}
