/** What the manifests say to the program, held against what the program takes. */
import { Command } from 'commander';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addClusterOptions, CLUSTER_OPTIONS, CLUSTER_VARIABLES } from '../../src/cli/cluster-options.ts';
import { addScenarioOptions } from '../../src/cli/scenario-options.ts';
import { compilePlan } from '../../src/scenario/compile.ts';
import { type LoadedScenario, loadScenario } from '../../src/scenario/load.ts';
import { optionVariable } from '../../src/scenario/flag-shape.ts';
import { SCENARIO_OPTIONS } from '../../src/scenario/options.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thrownBy } from '../support/thrown.ts';
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
} from './rendered.ts';

const SERVERS = '192.0.2.0/24';

/** With the components, which add variables. */
const withComponents = (overlay: string): readonly Manifest[] =>
  renderOwn([
    `resources: [../${overlay}]`,
    `components: [${COMPONENTS.map((name) => `../../components/${name}`).join(', ')}]`,
  ]);

/** The arguments as the program's own parser reads them: it throws for a flag that it does not know. */
function parsed({ args = [] }: Container): Command {
  const name = args[0] === 'run' ? 'run' : 'agent';
  const program = new Command('bootstorm').exitOverride();
  const command = program.command(name).exitOverride();
  if (name === 'run') addScenarioOptions(command.argument('[scenario]'));
  addClusterOptions(command, name).action(() => undefined);
  program.parse(args, { from: 'user' });
  return command;
}

function variablesOf(command: 'run' | 'agent'): readonly string[] {
  const own = CLUSTER_OPTIONS.filter(({ commands }) => (commands as readonly string[]).includes(command));
  const scenario = command === 'run' ? SCENARIO_OPTIONS : [];
  return [...own, ...scenario].map(optionVariable);
}

/** The scenario in the ConfigMap that the coordinator mounts, as its command line and environment make it. */
function scenarioOf(manifests: readonly Manifest[]): LoadedScenario {
  const container = bootstormOf(manifests, 'bootstorm-coordinator');
  const [path = ''] = parsed(container).args;
  const mount = container.volumeMounts?.find(({ mountPath }) => path.startsWith(`${mountPath}/`));
  const { volumes } = podOf(objectOf(manifests, 'Job', 'bootstorm-coordinator'));
  const map = volumes.find(({ name }) => name === mount?.name)?.configMap?.name ?? 'none';
  const folder = temporaryFolder(objectOf(manifests, 'ConfigMap', map).data ?? {});
  return loadScenario({
    file: join(folder, path.slice((mount?.mountPath.length ?? 0) + 1)),
    environment: Object.fromEntries((container.env ?? []).map(({ name, value = '' }) => [name, value])),
    flags: parsed(container).opts(),
    otherVariables: CLUSTER_VARIABLES,
  });
}

describe.each(OVERLAYS)('the containers of the overlay %s', (overlay) => {
  const manifests = renderOverlay(overlay);
  const all = [...manifests, ...withComponents(overlay)];
  const jobs = [
    { job: 'bootstorm-coordinator', command: 'run' },
    { job: 'bootstorm-agents', command: 'agent' },
  ] as const;

  it.each(jobs)('$job has a command line that the program takes', ({ job, command }) => {
    expect(parsed(bootstormOf(manifests, job)).name()).toBe(command);
  });

  it.each(jobs)('$job has variables that the program knows, and Redis', ({ job, command }) => {
    const containers = all
      .filter(({ kind, metadata }) => kind === 'Job' && metadata.name === job)
      .flatMap((manifest) => podOf(manifest).containers);
    const names = containers.flatMap(({ env = [] }) => env.map(({ name }) => name));
    const ours = names.filter((name) => name.startsWith('BOOTSTORM_'));
    expect(ours).toContain('BOOTSTORM_REDIS');
    for (const name of ours) expect(variablesOf(command)).toContain(name);
    // The one that the URL is made of stands before it: Kubernetes expands no later ones.
    expect(names.indexOf('REDIS_PASSWORD')).toBeLessThan(names.indexOf('BOOTSTORM_REDIS'));
  });

  it('get no variables with our prefix from Kubernetes, which makes some of the names of services', () => {
    for (const { job } of jobs) expect(podOf(objectOf(manifests, 'Job', job)).enableServiceLinks).toBe(false);
  });

  it('reach Redis under the name and port of its service', () => {
    for (const { job } of jobs) {
      const url =
        bootstormOf(manifests, job).env?.find(({ name }) => name === 'BOOTSTORM_REDIS')?.value ?? '';
      const { hostname, port } = new URL(url.replace(/\$\(\w+\)/, 'secret'));
      const { spec } = objectOf(manifests, 'Service', hostname);
      expect(spec?.['ports']).toEqual([expect.objectContaining({ port: Number(port) })]);
    }
  });

  it('serve metrics on the ports that their pods show, where Prometheus reaches them', () => {
    for (const { job } of jobs) {
      const container = bootstormOf(manifests, job);
      const { metricsPort, metricsAddress } = parsed(container).opts<Record<string, string | undefined>>();
      const shown = (container.ports ?? []).filter(({ name }) => name === 'metrics');
      expect(shown.map(({ containerPort }) => String(containerPort))).toEqual(
        metricsPort === undefined ? [] : [metricsPort],
      );
      expect(metricsAddress).toBe(metricsPort === undefined ? undefined : '0.0.0.0');
    }
  });

  it('write only where a volume is', () => {
    for (const { job } of jobs) {
      const { workingDir, volumeMounts = [] } = bootstormOf(manifests, job);
      expect(volumeMounts.map(({ mountPath }) => mountPath)).toContain(workingDir);
    }
  });

  it('have a scenario that the program takes', () => {
    const loaded = scenarioOf(manifests);
    expect(loaded.warnings).toEqual([]);
    if (overlay === 'one-node') {
      const { target, output } = compilePlan(loaded);
      expect([target.type, output.metricsAddress]).toEqual(['lab', '0.0.0.0']);
      return;
    }
    // Until real clusters have their guards, a run is refused for this reason, and for no other.
    expect(thrownBy(() => compilePlan(loaded)).code).toBe('destination-denied');
    expect(compilePlan(loaded, { allow: [SERVERS] }).target.type).not.toBe('lab');
    const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy');
    if (overlay === 'routed-pods') expect(JSON.stringify(policies)).toContain(SERVERS);
  });
});

it('an inventory in a volume is read by the coordinator, and by no agent', () => {
  const own = withComponents('host-network');
  const { env = [], volumeMounts = [] } = bootstormOf(own, 'bootstorm-coordinator');
  const file = env.find(({ name }) => name === 'BOOTSTORM_INVENTORY')?.value ?? '';
  expect(volumeMounts.some(({ mountPath }) => file.startsWith(`${mountPath}/`))).toBe(true);
  expect(bootstormOf(own, 'bootstorm-agents').env?.map(({ name }) => name)).not.toContain(
    'BOOTSTORM_INVENTORY',
  );
});
