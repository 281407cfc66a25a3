/** What a Prometheus holds of a storm that it scraped is what the storm's report says. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { RUN_PHASES, VERDICTS } from '../../src/metrics/run-progress.ts';
import { HANDSHAKE_OUTCOMES } from '../../src/metrics/security-tally.ts';
import { TOKEN_OUTCOMES } from '../../src/metrics/server-tally.ts';
import { RETRANSMITTING_PROTOCOLS } from '../../src/metrics/shard-snapshot.ts';
import { type Stage, STAGE_NAMES } from '../../src/phone/stages.ts';
import type { RunSummary } from '../../src/report/summary-schema.ts';
import { endOfStorm, type FinishedStorm, pause, startStorm } from '../support/bootstorm-command.ts';
import { freePort } from '../support/free-port.ts';
import { type PhoneLine, PHONES_CSV, readPhones } from '../support/phones-table.ts';
import { complaintsAbout, Prometheus } from '../support/prometheus.ts';

const PHONES = 60;

/** Two sites with two models; one phone in three is secure, and three are rejected. */
const SCENARIO = `
name: observed
phones: { inventory: inventory.csv, maxBootAttempts: 2, restartPause: 0.1s }
skip: [power, image, vlan]
timing: { compression: 10 }
ramp: [{ duration: 1s }]
hold: 2s
maxDuration: 3m
workers: { agents: 2 }
drain: { perSecond: 200 }
target: { lab: true, tftp: { timeoutSeconds: 0.5s, requestAttempts: 20, blockAttempts: 20 } }
thresholds: ['ready == 100%', 'time_to_service.p99 < 1h']
lab:
  callManagers: 2
  keepAliveSeconds: 1
  silentIntervals: 60
  security: { mode: mixed }
  faults:
    - { on: sccp, kind: reject, match: SEP020000000003 }
    - { on: sccp, kind: reject, match: SEP020000000006 }
    - { on: sccp, kind: abort, match: SEP020000000007 }
    - { on: tftp, kind: drop, probability: 0.02 }
output: { metricsLinger: 3m }
`;

const ROWS = Array.from({ length: PHONES }, (_, i) => ({
  mac: `020000${i.toString(16).toUpperCase().padStart(6, '0')}`,
  model: i % 2 === 0 ? '7961G' : '7945G',
  site: i < PHONES / 3 ? 'north' : 'south',
  security: i % 3 === 2 ? 'encrypted' : '',
}));

const INVENTORY = [
  'mac,model,site,security',
  ...ROWS.map(({ mac, model, site, security }) => [mac, model, site, security].join(',')),
].join('\n');

/** Of phones that have met servers. */
const RESPONSES = 'bootstorm_server_response_seconds_bucket{';

let prometheus: Prometheus;
let storm: FinishedStorm;
let summary: RunSummary;
let exposition: string;
let phones: readonly PhoneLine[];

beforeAll(async () => {
  const port = await freePort();
  prometheus = await Prometheus.start({ targets: [`127.0.0.1:${port}`], isShared: true });
  const flags = ['--metrics-port', String(port), '--phones-csv', PHONES_CSV];
  const running = startStorm(SCENARIO, flags, { files: { 'inventory.csv': INVENTORY } });
  await running.logged('armed');
  for (exposition = ''; !exposition.includes(RESPONSES); await pause(100))
    exposition = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  storm = await endOfStorm(running);
  ({ summary } = storm);
  phones = readPhones(storm.folder);
});

afterAll(() => prometheus.stop());

/** Sums of what a metric had at last, by one label. */
async function byLabel(metric: string, label: string, selector = ''): Promise<Record<string, number>> {
  const samples = await prometheus.query(`sum by (${label}) (last_over_time(${metric}${selector}[1h]))`);
  return Object.fromEntries(
    samples.map(({ labels, points }) => [labels[label] ?? '', points[0]?.[1] ?? Number.NaN]),
  );
}

async function sum(metric: string): Promise<number> {
  return (await byLabel(metric, 'run'))[summary.run.id] ?? Number.NaN;
}

function ofStages(value: (stage: RunSummary['stages'][Stage]) => number): Record<string, number> {
  return Object.fromEntries(STAGE_NAMES.map((name) => [name, value(summary.stages[name])]));
}

function sumBy<Row extends { readonly count: number }>(
  rows: readonly Row[],
  key: (row: Row) => string,
): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const row of rows) sums[key(row)] = (sums[key(row)] ?? 0) + row.count;
  return sums;
}

describe('a Prometheus that scraped a storm holds what the report says', () => {
  it('after one more scrape of the final figures, for which the run has waited', () => {
    expect(storm.stdout).toMatch(/waits for a last scrape, 3 m at most/);
    expect(storm.code).toBe(EXIT_CODES.thresholdsMissed.code);
    expect(summary.verdict.result).toBe('fail');
    // There is something to compare. On a busy machine a phone more than those that are rejected may give up.
    expect(summary.phones.asked).toBe(PHONES);
    expect(summary.phones.ready).toBeGreaterThan(PHONES / 2);
    expect(summary.phones.ready).toBeLessThanOrEqual(PHONES - 3);
    expect(summary.failures.length).toBeGreaterThan(1);
    expect(summary.retransmissions.tftp).toBeGreaterThan(0);
    expect(summary.security.inService.encrypted).toBeGreaterThan(0);
  });

  it('of every stage: tries, failures, the count and the sum of its durations', async () => {
    expect(await byLabel('bootstorm_stage_attempts_total', 'stage')).toEqual(
      ofStages(({ attempts }) => attempts),
    );
    for (const [histogram, latency] of [
      ['bootstorm_stage_duration_seconds', (stage: Stage) => summary.stages[stage]],
      [
        'bootstorm_stage_from_intended_start_seconds',
        (stage: Stage) => summary.stages[stage].fromIntendedStart,
      ],
    ] as const) {
      const counts = Object.fromEntries(STAGE_NAMES.map((stage) => [stage, latency(stage).count]));
      expect(await byLabel(`${histogram}_count`, 'stage')).toEqual(counts);
      expect(await byLabel(`${histogram}_bucket`, 'stage', '{le="+Inf"}')).toEqual(counts);
    }
    const sums = await byLabel('bootstorm_stage_duration_seconds_sum', 'stage');
    for (const stage of STAGE_NAMES) {
      const [least, most] = sumWithin(summary.stages[stage].bins);
      expect(sums[stage]).toBeGreaterThanOrEqual(least);
      expect(sums[stage]).toBeLessThanOrEqual(most + 1e-9);
    }
  });

  it('of failures: stage, cause, server', async () => {
    const { failures } = summary;
    expect(await byLabel('bootstorm_stage_failures_total', 'stage')).toEqual(
      sumBy(failures, ({ stage }) => stage),
    );
    expect(await byLabel('bootstorm_stage_failures_total', 'cause')).toEqual(
      sumBy(failures, ({ cause }) => cause),
    );
    const ofServers = failures.filter(({ server }) => server !== null);
    expect(await byLabel('bootstorm_server_failures_total', 'server')).toEqual(
      sumBy(ofServers, ({ server }) => server ?? ''),
    );
  });

  it('of phones: registrations, states, protection', async () => {
    const { security } = summary;
    const { asked: _, registered, ...states } = summary.phones;
    // In the report those in service are registered, too.
    expect(await byLabel('bootstorm_phones', 'state')).toEqual({
      ...states,
      registered: registered - states.ready,
    });
    const registrations = await byLabel('bootstorm_registrations_total', 'outcome');
    expect(registrations['registered']).toBe(summary.registrationRequestDelay.count);
    expect(await byLabel('bootstorm_phones_in_service', 'security')).toEqual(security.inService);
    expect(await byLabel('bootstorm_tls_handshakes_total', 'outcome')).toEqual(
      Object.fromEntries(HANDSHAKE_OUTCOMES.map((outcome) => [outcome, security.handshakes[outcome].count])),
    );
    expect(await sum('bootstorm_keepalive_round_trip_seconds_count')).toBe(summary.keepAliveRoundTrip.count);
    expect(await byLabel('bootstorm_retransmissions_total', 'protocol')).toEqual(
      Object.fromEntries(
        RETRANSMITTING_PROTOCOLS.map((protocol) => [protocol, summary.retransmissions[protocol]]),
      ),
    );
  });

  it('of each server', async () => {
    const ofServers = (value: (server: RunSummary['servers'][number]) => number, role?: string) =>
      Object.fromEntries(
        summary.servers
          .filter((server) => role === undefined || server.role === role)
          .map((server) => [server.address, value(server)]),
      );
    expect(await byLabel('bootstorm_server_attempts_total', 'server')).toEqual(
      ofServers(({ attempts }) => attempts),
    );
    expect(await byLabel('bootstorm_server_refused_total', 'server')).toEqual(
      ofServers(({ refused }) => refused),
    );
    expect(await byLabel('bootstorm_server_resets_total', 'server')).toEqual(
      ofServers(({ resets }) => resets),
    );
    expect(await byLabel('bootstorm_server_registered_phones', 'server')).toEqual(
      ofServers(({ registeredNow }) => registeredNow, 'callManager'),
    );
    expect(await byLabel('bootstorm_server_standby_connections', 'server')).toEqual(
      ofServers(({ standbyNow }) => standbyNow, 'callManager'),
    );
    expect(await byLabel('bootstorm_server_tokens_total', 'outcome')).toEqual(
      Object.fromEntries(TOKEN_OUTCOMES.map((outcome) => [outcome, summary.tokens[outcome]])),
    );
  });

  it('of each site and model', async () => {
    const rows = phones.map(({ state }, i) => ({ ...ROWS[i], state, count: 1 }));
    const inService = rows.filter(({ state }) => state === 'ready');
    for (const label of ['site', 'model'] as const) {
      const name = (row: (typeof rows)[number]): string => row[label] ?? '';
      expect(await byLabel('bootstorm_site_phones', label)).toEqual(sumBy(rows, name));
      expect(await byLabel('bootstorm_site_phones_in_service', label)).toEqual(sumBy(inService, name));
    }
    expect(await sum('bootstorm_site_registrations_total')).toBe(summary.registrationRequestDelay.count);
    expect(await sum('bootstorm_site_failures_total')).toBe(
      summary.failures.reduce((total, { count }) => total + count, 0),
    );
  });

  it('of the run: who it is, how it went and how it ended', async () => {
    const { id, name, seed } = summary.run;
    const [info] = await prometheus.query('last_over_time(bootstorm_run_info[1h])');
    expect(info?.labels).toMatchObject({ run: id, name, seed: String(seed) });
    const isOnly = (only: string, all: readonly string[]): object =>
      Object.fromEntries(all.map((each) => [each, each === only ? 1 : 0]));
    expect(await byLabel('bootstorm_run_verdict', 'verdict')).toEqual(isOnly('fail', VERDICTS));
    expect(await byLabel('bootstorm_run_phase', 'phase')).toEqual(isOnly('done', RUN_PHASES));
    expect(await byLabel('bootstorm_run_threshold_holds', 'threshold')).toEqual(
      Object.fromEntries(summary.thresholds.map(({ text, holds }) => [text, holds ? 1 : 0])),
    );
    expect(await byLabel('bootstorm_run_mark_timestamp_seconds', 'mark')).toMatchObject({
      start: Date.parse(summary.run.started ?? '') / 1000,
      end: expect.any(Number),
    });
    expect(await byLabel('bootstorm_agent_info', 'agent')).toEqual(
      Object.fromEntries(summary.agents.map((agent) => [agent.name, 1])),
    );
  });

  it('every series under the name of the run, and promtool has nothing to say against any', async () => {
    const runs = await prometheus.query('count by (run) (last_over_time({__name__=~"bootstorm_.+"}[1h]))');
    expect(runs.map(({ labels }) => labels['run'])).toEqual([summary.run.id]);
    expect(complaintsAbout(exposition)).toBe('');
  });
});

it('a run that waits for a scrape ends with Ctrl-C, and its exit code stays its own', async () => {
  const scenario = 'phones: { generate: { count: 2 } }\nskip: [power, image, vlan]\nhold: 0s\n';
  const flags = ['--metrics-port', String(await freePort()), '--metrics-linger', '1h'];
  const running = startStorm(scenario, flags);
  await running.printed(/waits for a last scrape, 1 h at most/);
  running.interrupt();
  const { code, summary: written } = await endOfStorm(running);
  expect(code).toBe(EXIT_CODES.ok.code);
  expect(written.verdict.result).toBe('pass');
});

/** Between which the sum of the durations lies of which only the bins are known. */
function sumWithin(bins: RunSummary['stages'][Stage]['bins']): readonly [least: number, most: number] {
  let [least, most, below] = [0, 0, 0];
  for (const [edge, count] of bins) {
    least += below * count;
    most += edge * count;
    below = edge;
  }
  return [least, most];
}
