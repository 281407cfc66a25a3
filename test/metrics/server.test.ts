import { spawnSync } from 'node:child_process';
import { isDeepStrictEqual } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { aggregate } from '../../src/metrics/aggregate.ts';
import { CATALOGUE } from '../../src/metrics/catalogue.ts';
import { BUCKET_SECONDS } from '../../src/metrics/metric.ts';
import type { ExporterFacts } from '../../src/metrics/run-facts.ts';
import { type MetricsServer, startMetricsServer } from '../../src/metrics/server.ts';
import { bootEvents, shardOf, WHOLE_BOOT } from './phone-stories.ts';
import { complaintsAbout } from '../support/prometheus.ts';
import { FACTS, PROGRESS } from './run-facts-example.ts';

const phones = [
  bootEvents(WHOLE_BOOT),
  bootEvents(WHOLE_BOOT, { paceMs: 5000 }),
  bootEvents([...WHOLE_BOOT.slice(0, 8), 'fail'], { cause: 'tcp-refused' }),
];
const state = aggregate([{ shard: 0, phones: 4 }], [shardOf([...phones, []]).snapshot()]);

const servers: MetricsServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

it('needs to know nothing of the run where only metrics of phones are exported', async () => {
  const server = await startMetricsServer({
    port: 0,
    read: () => state,
    exporter: () => FACTS,
    scopes: ['agent'],
  });
  servers.push(server);
  const text = await (await fetch(server.url)).text();
  expect(text).toContain('bootstorm_phones{state="notStarted",run="run-1"} 1');
  expect(text).not.toContain('bootstorm_run_');
});

it('has no series before there is a run', async () => {
  const exporter = (): ExporterFacts => ({ ...FACTS, id: null });
  const server = await startMetricsServer({ port: 0, read: () => state, exporter, scopes: ['agent'] });
  servers.push(server);
  const lines = (await (await fetch(server.url)).text()).split('\n').filter((line) => line !== '');
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.filter((line) => !line.startsWith('# '))).toEqual([]);
});

async function start(scopes?: readonly ('agent' | 'run')[]): Promise<MetricsServer> {
  const server = await startMetricsServer({
    port: 0,
    read: () => state,
    exporter: () => FACTS,
    run: () => ({ facts: FACTS, progress: PROGRESS }),
    ...(scopes === undefined ? {} : { scopes }),
  });
  servers.push(server);
  return server;
}

interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-z]+)="([^"]*)"/g;

/** The text exposition format, as far as it is used; a line that does not parse, or is of no run, fails the test. */
function parse(text: string): { types: Map<string, string>; series: Series[] } {
  const types = new Map<string, string>();
  const series: Series[] = [];
  for (const line of text.split('\n').filter((each) => each !== '')) {
    if (line.startsWith('# HELP ')) continue;
    if (line.startsWith('# TYPE ')) {
      const [, , name, type] = line.split(' ');
      types.set(name as string, type as string);
      continue;
    }
    const match = LINE.exec(line);
    if (match === null) throw new Error(`not a sample: ${line}`);
    const { run, ...labels } = Object.fromEntries(
      [...(match[2] ?? '').matchAll(LABEL)].map(([, key, value]) => [key as string, value as string]),
    );
    expect(run, line).toBe(FACTS.id);
    series.push({
      name: match[1] as string,
      labels,
      value: Number((match[3] as string).replace('+Inf', 'Infinity')),
    });
  }
  return { types, series };
}

describe('the metrics endpoint', () => {
  it('exports every metric of the catalogue with its type', async () => {
    const response = await fetch((await start()).url);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const { types } = parse(await response.text());
    expect(Object.fromEntries(types)).toEqual(
      Object.fromEntries(CATALOGUE.map(({ name, type }) => [name, type])),
    );
  });

  it('leaves nothing for promtool to complain about', async () => {
    const text = await (await fetch((await start()).url)).text();
    expect(complaintsAbout(text)).toBe('');
    expect(complaintsAbout(text.replaceAll('registrations_total', 'registrationCount'))).not.toBe('');
  });

  it('has histograms whose buckets rise to their count', async () => {
    const { types, series } = parse(await (await fetch((await start()).url)).text());
    const histograms = [...types].filter(([, type]) => type === 'histogram').map(([name]) => name);
    expect(histograms.length).toBeGreaterThan(5);
    for (const name of histograms) {
      for (const count of series.filter((each) => each.name === `${name}_count`)) {
        const buckets = series.filter(({ name: each, labels: { le, ...labels } }) => {
          return each === `${name}_bucket` && le !== undefined && isDeepStrictEqual(labels, count.labels);
        });
        expect(buckets.map(({ labels }) => labels['le'])).toEqual([...BUCKET_SECONDS.map(String), '+Inf']);
        const values = buckets.map(({ value }) => value);
        expect(values).toEqual([...values].sort((a, b) => a - b));
        expect(values.at(-1)).toBe(count.value);
      }
    }
  });

  it('counts durations into the right bucket', async () => {
    const { series } = parse(await (await fetch((await start()).url)).text());
    const dhcp = series.filter(({ labels }) => labels['stage'] === 'dhcp');
    const bucket = (le: string) =>
      dhcp.find(
        ({ name, labels }) => name === 'bootstorm_stage_duration_seconds_bucket' && labels['le'] === le,
      );
    // Two phones took 50 ms, one 2.5 s: both are edges.
    expect([bucket('0.025'), bucket('0.05'), bucket('1'), bucket('2.5')].map((each) => each?.value)).toEqual([
      0, 2, 2, 3,
    ]);
    const sum = dhcp.find(({ name }) => name === 'bootstorm_stage_duration_seconds_sum');
    expect(sum?.value).toBeCloseTo(2.6, 9);
  });

  it('says what the run did', async () => {
    const { series } = parse(await (await fetch((await start()).url)).text());
    expect(series).toEqual(
      expect.arrayContaining([
        { name: 'bootstorm_phones', labels: { state: 'ready' }, value: 2 },
        { name: 'bootstorm_phones', labels: { state: 'notStarted' }, value: 1 },
        { name: 'bootstorm_registrations_total', labels: { outcome: 'registered' }, value: 2 },
        {
          name: 'bootstorm_registrations_total',
          labels: { outcome: 'failed', cause: 'tcp-refused' },
          value: 1,
        },
        {
          name: 'bootstorm_stage_failures_total',
          labels: { stage: 'connect', cause: 'tcp-refused' },
          value: 1,
        },
        { name: 'bootstorm_run_phones_asked', labels: {}, value: 4 },
        { name: 'bootstorm_run_armed_timestamp_seconds', labels: {}, value: 1767323045 },
        {
          name: 'bootstorm_run_time_to_fraction_seconds',
          labels: { recovery: 'fromPower', fraction: '0.5' },
          value: 55,
        },
      ]),
    );
    const reached = series.filter(({ name }) => name === 'bootstorm_run_time_to_fraction_seconds');
    expect(new Set(reached.map(({ labels }) => labels['fraction']))).toEqual(new Set(['0.5']));
  });

  it('exports phones and run apart, so that a sum never counts twice', async () => {
    const names = async (scopes: readonly ('agent' | 'run')[]) => [
      ...parse(await (await fetch((await start(scopes)).url)).text()).types.keys(),
    ];
    const [agent, run] = [await names(['agent']), await names(['run'])];
    expect(run.every((name) => name.startsWith('bootstorm_run_'))).toBe(true);
    expect(agent.some((name) => name.startsWith('bootstorm_run_'))).toBe(false);
    expect(agent.length + run.length).toBe(CATALOGUE.length);
  });

  it('answers nothing but /metrics', async () => {
    const { url } = await start();
    expect((await fetch(new URL('/', url))).status).toBe(404);
    expect((await fetch(url, { method: 'POST' })).status).toBe(405);
    expect((await fetch(`${url}?name=x`)).status).toBe(200);
  });

  it('tells when a scrape that began after the question has been answered, and nothing else', async () => {
    const server = await start();
    const { signal } = new AbortController();
    await (await fetch(server.url)).text();
    let isOver = false;
    const scraped = server.untilScraped(signal).then(() => {
      isOver = true;
    });
    for (const [path, method] of [
      ['/', 'GET'],
      ['/metrics', 'HEAD'],
      ['/metrics', 'POST'],
    ] as const)
      await fetch(new URL(path, server.url), { method });
    expect(isOver).toBe(false);
    const text = await (await fetch(server.url)).text();
    await scraped;
    expect(text).toContain('bootstorm_phones{');
  });

  it('does not count the scrape of a client that gave up while the process was busy', async () => {
    const server = await start();
    const { signal } = new AbortController();
    let isOver = false;
    const scraped = server.untilScraped(signal).then(() => {
      isOver = true;
    });
    const { port } = new URL(server.url);
    // This process stands still until the client is gone: the request and its end are read afterwards.
    const client = `require('node:net').connect(${port}, '127.0.0.1').end('GET /metrics HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')
      .once('finish', () => process.exit())`;
    expect(spawnSync(process.execPath, ['--eval', client]).status).toBe(0);
    await (await fetch(new URL('/', server.url))).text();
    expect(isOver).toBe(false);
    await (await fetch(server.url)).text();
    await scraped;
  });

  it('waits for a scrape no longer than it is told to', async () => {
    const server = await start();
    const controller = new AbortController();
    const scraped = server.untilScraped(controller.signal);
    controller.abort();
    await expect(scraped).resolves.toBeUndefined();
    await expect(server.untilScraped(controller.signal)).resolves.toBeUndefined();
  });

  it('says which port is taken, and what to do', async () => {
    const port = Number(new URL((await start()).url).port);
    const second = startMetricsServer({ port, read: () => state, exporter: () => FACTS });
    await expect(second).rejects.toMatchObject({
      code: 'address-in-use',
      message: `the metrics port 127.0.0.1:${port} is taken`,
      hint: expect.stringContaining('--metrics-port'),
    });
  });
});
