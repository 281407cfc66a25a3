/**
 * Every query of the dashboards, asked of a real Prometheus that has scraped one storm in which everything happened that
 * they show: none comes back empty.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { type FinishedStorm, endOfStorm, startCommand } from '../support/bootstorm-command.ts';
import { freePort } from '../support/free-port.ts';
import { Prometheus } from '../support/prometheus.ts';
import { RedisServer } from '../support/redis-server.ts';
import {
  committedDashboards,
  type DashboardQuery,
  labelValuesOf,
  queriesOf,
  substituted,
} from '../dashboards/committed-dashboards.ts';

const RUN = 'dashboards';
const INTERVAL_MS = 1000;
/** What Grafana takes for `$__rate_interval` at this interval. */
const RATE_SECONDS = 4;

/**
 * Two sites, two models, three ways of protection. Answers of DHCP, DNS and TFTP are lost, one phone may not have its
 * file; one CallManager dies, comes back as one that nobody vouches for, and is itself again: phones move, ask for
 * tokens, and move back.
 */
const SCENARIO = `
name: everything
seed: 7961
phones:
  inventory: phones.csv
  restartPause: 0.2s..0.4s
  reconnectPause: 0.1s..0.3s
  quickLoss: 0.1s
  security: { trustListRetry: 0.2s, resumption: never }
timing: { power: 0.1s..0.3s, image: 0.3s, vlan: 0.1s }
target:
  dhcp: { backoffSeconds: [0.3, 0.6, 1.2], jitterSeconds: 0.1, initReboot: false }
  tftp: { timeoutSeconds: 0.3s }
  dns: { timeoutSeconds: 0.3s }
  sccp: { connectionMonitorSeconds: 1s, standbyRetry: 0.2s..0.4s }
  security: { capf: { retryPause: 0.2s } }
lab:
  callManagers: 2
  # Phones that lose power lose their address on the whole machine, and other tests have phones of these addresses.
  leasePool: 127.20.0.0/16
  keepAliveSeconds: 1
  silentIntervals: 30
  secondaryKeepAliveSeconds: 1
  tokens: { depth: 2, serviceMs: 100, waitSeconds: 1 }
  security: { mode: mixed, capf: { operation: install } }
  events:
    - { at: 0.5s, from: hold, do: kill, node: 1 }
    - { at: 2s, from: hold, do: restart, node: 1 }
  faults:
    - { on: dhcp, kind: drop, probability: 0.3, from: start, fromSeconds: 0, toSeconds: 6 }
    - { on: dns, kind: drop, probability: 0.3, from: start, fromSeconds: 0, toSeconds: 6 }
    - { on: tftp, kind: drop, probability: 0.3, match: .cnf, from: start, fromSeconds: 0, toSeconds: 6 }
    - { on: tftp, kind: access-denied, match: "020000000001.cnf", from: start, fromSeconds: 0, toSeconds: 6 }
    - { on: tls, node: 1, kind: foreign-certificate, from: hold, fromSeconds: 0, toSeconds: 7 }
ramp: [{ duration: 3s }]
outage: { at: 4s, duration: 1s, which: { floors: [2] }, return: all at once }
hold: 12s
maxDuration: 3m
drain: { perSecond: 100 }
thresholds: ["ready == 100%", "time_to_service.p99 < 1ms"]
workers: { threads: 1 }
# However busy the machine of the test is.
validity: { latenessP99: 10m, eventLoopLagP99: 10m, longestBlock: 10m, lostSnapshots: 1000 }
`;

/** Phones of every combination. */
function inventory(): string {
  const rows = Array.from({ length: 24 }, (_, index) => {
    const mac = `02:00:00:00:00:${index.toString(16).padStart(2, '0')}`;
    const model = index % 2 === 0 ? '7961G' : '7941G';
    const security = ['none', 'authenticated', 'encrypted'][index % 3];
    return [
      mac,
      model,
      index < 12 ? 'north' : 'south',
      index % 4 < 2 ? 1 : 2,
      `sw-${index % 4}`,
      security,
    ].join(',');
  });
  return ['mac,model,site,floor,switch,security', ...rows, ''].join('\n');
}

interface Window {
  readonly start: number;
  readonly end: number;
}

let redis: RedisServer;
let prometheus: Prometheus;
let storm: FinishedStorm;
let window: Window;

beforeAll(async () => {
  const [agentPort, runPort] = [await freePort(), await freePort()];
  redis = await RedisServer.start();
  prometheus = await Prometheus.start({
    targets: [`127.0.0.1:${agentPort}`, `127.0.0.1:${runPort}`],
    intervalMs: INTERVAL_MS,
    isShared: true,
  });
  const start = Date.now() / 1000;
  const shared = ['--redis', redis.url];
  const files = { 'storm.yaml': SCENARIO, 'phones.csv': inventory() };
  const metricsAt = (port: number): string[] => ['--metrics-port', String(port), '--metrics-linger', '2m'];
  const coordinator = startCommand(
    [
      ...['run', 'storm.yaml', '--quiet', '--json', 'summary.json', '--run-id', RUN, '--agents', '1'],
      ...[...shared, ...metricsAt(runPort)],
    ],
    { files },
  );
  const agent = startCommand(['agent', '--name', 'anna', '--run', RUN, ...shared, ...metricsAt(agentPort)]);
  await coordinator.logged('armed');
  const steered = await startCommand(['steer', RUN, 'rate', '4', ...shared]).finished;
  expect(steered.stderr).toBe('');
  storm = await endOfStorm(coordinator);
  await agent.finished;
  // The run ends when its last figures were read, which is before they can be asked for.
  await prometheus.until(`last_over_time(bootstorm_run_verdict{run="${RUN}"}[1h]) == 1`);
  window = { start, end: Date.now() / 1000 };
});

afterAll(async () => {
  await prometheus.stop();
});

const dashboards = committedDashboards();

/** How Grafana would ask: points a second apart, over the time of the storm. */
async function isEmpty({ expr, kind }: DashboardQuery): Promise<boolean> {
  const { start, end } = window;
  const text = substituted(expr, {
    run: RUN,
    rangeSeconds: Math.ceil(end - start),
    rateSeconds: RATE_SECONDS,
    stepSeconds: 1,
    lookMs: INTERVAL_MS / 2,
  });
  const samples =
    kind === 'instant'
      ? await prometheus.query(text, end)
      : await prometheus.queryRange(text, { start, end, step: 1 });
  return !samples.some(({ points }) => points.some(([, value]) => !Number.isNaN(value)));
}

it('the storm went to its end: one threshold was missed, as it had to be', () => {
  expect(storm.code).toBe(EXIT_CODES.thresholdsMissed.code);
});

it.each(dashboards.map((model) => ({ title: model.title, model })))(
  '$title: no query of a panel or an annotation is empty',
  async ({ model }) => {
    const queries = queriesOf(model);
    const empty: string[] = [];
    for (const query of queries) if (await isEmpty(query)) empty.push(query.place);
    expect(empty).toEqual([]);
  },
);

it('a query that finds nothing, or nothing but NaN, counts as empty', async () => {
  const ofNothing = ['bootstorm_phones{state="asleep"}', 'sum(bootstorm_phones{run="$run"}) * NaN'];
  for (const expr of ofNothing) {
    for (const kind of ['instant', 'range'] as const) {
      expect(await isEmpty({ place: expr, expr, kind })).toBe(true);
    }
  }
});

it('every variable has values to choose from', async () => {
  for (const { title, templating } of dashboards) {
    for (const variable of templating.list) {
      const asked = labelValuesOf(variable);
      if (asked === null) continue;
      const { start, end } = window;
      const samples = await prometheus.queryRange(asked.series.replaceAll('$run', RUN), {
        start,
        end,
        step: 1,
      });
      const values = new Set(samples.map(({ labels }) => labels[asked.label]));
      expect([...values], `${title}: ${variable.name}`).not.toEqual([]);
    }
  }
});
