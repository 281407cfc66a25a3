/** Prometheus and Grafana from files: what one names, another has. No image is pulled, no container started. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { SCRAPE_SECONDS } from '../../dashboards/promql.ts';
import { requireProgram } from '../setup/programs.ts';
import { committedDashboards } from './committed-dashboards.ts';

const FOLDER = fileURLToPath(new URL('../../dashboards', import.meta.url));

interface Service {
  readonly image: string;
  readonly network_mode: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
}

interface Compose {
  readonly services: Readonly<Record<'prometheus' | 'grafana', Service>>;
  readonly volumes: Readonly<Record<string, null>>;
}

interface PrometheusConfig {
  readonly global: Readonly<Record<string, string>>;
  readonly rule_files: readonly string[];
  readonly scrape_configs: readonly {
    readonly job_name: string;
    readonly static_configs: readonly { readonly targets: readonly string[] }[];
  }[];
}

interface Datasources {
  readonly datasources: readonly {
    readonly type: string;
    readonly url: string;
    readonly jsonData: Readonly<Record<string, unknown>>;
  }[];
}

interface Providers {
  readonly providers: readonly { readonly type: string; readonly options: { readonly path: string } }[];
}

function read(path: string): unknown {
  return parse(readFileSync(`${FOLDER}/${path}`, 'utf8'));
}

const { services, volumes } = read('compose.yaml') as Compose;
const prometheus = read('prometheus/prometheus.yaml') as PrometheusConfig;

/** A path in a container as it is in this folder; null: it lies on a volume, or in the image. */
function onDisk({ volumes: mounts }: Service, inside: string): string | null {
  for (const mount of mounts) {
    const [from = '', to = ''] = mount.split(':');
    if (from.startsWith('./') && inside.startsWith(to)) return `${FOLDER}/${from}${inside.slice(to.length)}`;
  }
  return null;
}

it('images are pinned by their version', () => {
  for (const { image } of Object.values(services)) expect(image).toMatch(/^[a-z]+\/[a-z]+:v?\d+\.\d+\.\d+$/);
});

it('every folder that is mounted is there, read only; everything else is a volume that is declared', () => {
  const mounts = Object.values(services).flatMap((service) =>
    service.volumes.map((mount) => mount.split(':')),
  );
  for (const [from = '', , mode] of mounts) {
    if (from.startsWith('./'))
      expect([from, existsSync(`${FOLDER}/${from}`), mode]).toEqual([from, true, 'ro']);
    else expect(Object.keys(volumes)).toContain(from);
  }
});

it('Prometheus reads the configuration and the rules that promtool accepts', () => {
  const flag = services.prometheus.command?.find((one) => one.startsWith('--config.file='));
  const file = onDisk(services.prometheus, flag?.split('=')[1] ?? '');
  expect(prometheus.rule_files).toEqual(['alerts.yaml']);
  const { status, stdout, stderr } = spawnSync(requireProgram('promtool'), ['check', 'config', file ?? ''], {
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toContain('1 rule files found');
});

it('its target is the metrics port of a run on the host, which shares its network; nobody listens to others', () => {
  const targets = prometheus.scrape_configs.flatMap((job) =>
    job.static_configs.flatMap((one) => one.targets),
  );
  expect(targets).toEqual(['127.0.0.1:9464']);
  for (const { network_mode } of Object.values(services)) expect(network_mode).toBe('host');
  expect(services.prometheus.command).toContain('--web.listen-address=127.0.0.1:9090');
  expect(services.grafana.environment).toMatchObject({ GF_SERVER_HTTP_ADDR: '127.0.0.1' });
  // The README gives the command with this port.
  expect(readFileSync(`${FOLDER}/../README.md`, 'utf8')).toContain('--metrics-port 9464');
});

it('all agree on how often is scraped', () => {
  const [datasource] = (read('provisioning/datasources/prometheus.yaml') as Datasources).datasources;
  const interval = `${SCRAPE_SECONDS}s`;
  expect(prometheus.global).toMatchObject({ scrape_interval: interval, evaluation_interval: interval });
  expect(datasource).toMatchObject({ type: 'prometheus', url: 'http://127.0.0.1:9090' });
  expect(datasource?.jsonData['timeInterval']).toBe(interval);
  for (const { refresh } of committedDashboards()) expect(refresh).toBe(interval);
});

it('Grafana finds the dashboards, and opens with one of them', () => {
  expect(onDisk(services.grafana, '/etc/grafana/provisioning/datasources/prometheus.yaml')).toSatisfy(
    existsSync,
  );
  expect(onDisk(services.grafana, '/etc/grafana/provisioning/dashboards/bootstorm.yaml')).toSatisfy(
    existsSync,
  );
  const [provider] = (read('provisioning/dashboards/bootstorm.yaml') as Providers).providers;
  const folder = onDisk(services.grafana, provider?.options.path ?? '') ?? '';
  expect(readdirSync(folder)).toHaveLength(committedDashboards().length);
  const home = services.grafana.environment?.['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'] ?? '';
  expect(onDisk(services.grafana, home)).toSatisfy(existsSync);
});
