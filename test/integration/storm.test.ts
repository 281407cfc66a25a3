/** A storm from the command line to its files: the built program, its lab, its agents, all on loopback. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import * as z from 'zod';
import { SKIPPABLE_STEPS } from '../../src/scenario/schema.ts';
import { ORDINARY_STAGES } from '../support/boot-stages.ts';
import {
  endOfStorm,
  type FinishedStorm,
  ledgerSum,
  pause,
  runCommand,
  runStorm,
  startStorm,
} from '../support/bootstorm-command.ts';
import { freePort } from '../support/free-port.ts';
import { type Scrape, scrape } from '../support/metrics-scrape.ts';
import { PHONES_CSV, readPhones, statesOf } from '../support/phones-table.ts';

const HUNDRED = `
name: hundred
seed: 7
phones: { generate: { count: 100 }, restartPause: 0.2s }
timing: { power: 0s..2s, image: 1s, vlan: 0.5s..1s, compression: 10 }
ramp: [{ duration: 1s }]
hold: 3s
maxDuration: 5m
# However long a process of a busy machine stands still, nobody is taken for gone.
lab: { keepAliveSeconds: 1, silentIntervals: 60 }
drain: { perSecond: 50 }
`;

const FEW = `
name: few
phones: { generate: { count: 5 }, restartPause: 0.2s }
timing: { power: 0.1s, image: 0.1s, vlan: 0.1s }
hold: 0s
maxDuration: 5m
`;

/** Scrapes until the endpoint is gone, which waits for one of the final figures: the last one that answered. */
async function scrapeToTheEnd(url: string): Promise<{ readonly scrapes: number; readonly last: Scrape }> {
  let last: Scrape | null = null;
  for (let scrapes = 0; ; scrapes++) {
    const next = await scrape(url);
    if (next === null && last !== null) return { scrapes, last };
    last = next ?? last;
    await pause(100);
  }
}

describe('a hundred phones on the lab', () => {
  /** With one worker. */
  let one: FinishedStorm;
  let scrapes: number;
  let last: Scrape;

  beforeAll(async () => {
    const port = await freePort();
    const storm = startStorm(HUNDRED, ['--metrics-port', String(port), '--metrics-linger', '2m']);
    await storm.printed(/metrics: /);
    ({ scrapes, last } = await scrapeToTheEnd(`http://127.0.0.1:${port}/metrics`));
    one = await endOfStorm(storm);
  });

  it('are all in service; report, summary, run log and metrics agree', async () => {
    const { code, stdout, summary, log, folder } = one;
    expect(code).toBe(EXIT_CODES.ok.code);
    expect(summary.phones).toEqual({
      asked: 100,
      registered: 100,
      ready: 100,
      dropped: 0,
      failed: 0,
      trying: 0,
      lostWithAgent: 0,
      notStarted: 0,
    });
    expect(ledgerSum(summary)).toBe(100);
    expect(summary.failures).toEqual([]);

    const published = await runCommand(['schema', 'summary']);
    const schema = z.fromJSONSchema(JSON.parse(published.stdout) as z.core.JSONSchema.JSONSchema);
    expect(schema.safeParse(summary).error).toBeUndefined();
    expect(schema.safeParse({ ...summary, phones: {} }).success).toBe(false);

    expect(stdout).toContain('\nembedded lab, not CUCM\n');
    expect(stdout).toMatch(/divided by 10/);
    expect(stdout).toContain('from power return (compressed)');
    expect(stdout).toMatch(/^(?:PASS: all 100 phones are in service|INVALID: .*)$/m);
    expect(summary.lab?.title).toBe('embedded lab, not CUCM');
    expect(summary.timing.compression).toBe(10);
    const [run = ''] = readdirSync(join(folder, 'bootstorm-results'));
    const text = readFileSync(join(folder, 'bootstorm-results', run, 'report.txt'), 'utf8');
    const report = stdout.replace(/^metrics: .* waits for a last scrape.*\n/m, '');
    expect(report.endsWith(text)).toBe(true);
    expect(run).toBe(summary.run.id);

    expect(log.map(({ type }) => type)).toEqual([
      'prepared',
      'armed',
      'wave',
      'holding',
      'stopping',
      'ledgerClosed',
      'ended',
    ]);
    expect(log[4]).toMatchObject({ reason: 'hold-over' });
    const seconds = log.map(({ second }) => second ?? Number.NEGATIVE_INFINITY);
    expect(seconds).toEqual(seconds.toSorted((a, b) => a - b));

    expect(scrapes).toBeGreaterThan(3);
    for (const stage of ORDINARY_STAGES) {
      expect(last.get(`bootstorm_stage_duration_seconds_count{stage="${stage}"}`)).toBe(100);
      expect(summary.stages[stage]).toMatchObject({ count: 100, attempts: 100 });
    }
    expect(last.get('bootstorm_phones{state="ready"}')).toBe(summary.phones.ready);
    expect(last.get('bootstorm_phones{state="trying"}')).toBe(0);
    expect(sumOf(last, 'bootstorm_registrations_total{outcome="registered"')).toBe(100);
    expect(sumOf(last, 'bootstorm_registration_seconds_count')).toBe(100);
    // CTL, ITL and dial plan are not there; the configuration is.
    expect(last.get('bootstorm_tftp_transfer_seconds_count')).toBe(100);
    expect(last.get('bootstorm_keepalive_round_trip_seconds_count')).toBeGreaterThanOrEqual(100);
    // The ledger was read before the first phone took its leave: phones have left, and it still has them all.
    expect(sumOf(last, 'bootstorm_registrations_total{outcome="unregistered"')).toBeGreaterThan(0);
    expectWorstWindowAmongBuckets(
      last,
      'bootstorm_start_lateness_seconds',
      summary.generator.latenessP99Seconds,
    );
  });

  it('keep their schedule over four workers in two processes', async () => {
    const flags = ['--hold', '0s', '--drain-rate', '500', '--agents', '2', '--threads', '2'];
    const four = await runStorm(HUNDRED, [...flags, '--phones-csv', PHONES_CSV]);
    expect(four.summary.agents).toMatchObject([
      { name: 'agent-0', state: 'finished', shards: [0, 1], phones: 50, clockErrorMs: 0, trouble: null },
      { name: 'agent-1', state: 'finished', shards: [2, 3], phones: 50, clockErrorMs: 0, trouble: null },
    ]);
    expect(four.summary.startSkew.clockErrorMs).toBe(0);
    expect(four.summary.startSkew.betweenAgentsMs).toBeGreaterThan(0);
    expect(four.summary.failures).toEqual([]);
    const lines = readPhones(four.folder);
    expect(lines.map(({ index }) => index)).toEqual(Array.from({ length: 100 }, (_, index) => String(index)));
    expect(new Set(lines.map(({ device }) => device)).size).toBe(100);
    const { table, ledger } = statesOf(lines, four.summary);
    expect(table).toEqual(ledger);
    for (const line of lines) {
      expect(line).toMatchObject({ state: 'ready', wave: 'first-start', boots: '1' });
      expect(Number(line['secondsToService'])).toBeGreaterThan(Number(line['secondsToRegistered']));
    }
    expect(four.log[0]).toMatchObject({ type: 'prepared', agents: 2, shards: 4, phones: 100 });
    for (const storm of [one, four]) {
      const { summary } = storm;
      expect(storm.code).toBe(EXIT_CODES.ok.code);
      expect(summary.phones).toMatchObject({ asked: 100, ready: 100 });
      // A phone that two workers booted would have taken its own name over, and peaked at fewer names.
      // The second CallManager has standby connections, as many as there was time for, and no registration.
      const callManagers = summary.servers.filter(({ role }) => role === 'callManager');
      const [first, ...others] = callManagers.toSorted((a, b) => b.registeredPeak - a.registeredPeak);
      expect(first).toMatchObject({ attempts: 100, registeredPeak: 100 });
      expect(others.every(({ registeredPeak }) => registeredPeak === 0)).toBe(true);
    }
  });
});

describe('settings of a run', () => {
  it('come from flags before the environment before the file before the defaults', async () => {
    const { summary } = await runStorm(`${FEW}seed: 7\n`, ['--phones', '4'], {
      environment: { BOOTSTORM_PHONES: '3', BOOTSTORM_SEED: '8', BOOTSTORM_LAB_CALLMANAGERS: '1' },
    });
    expect(summary.phones.asked).toBe(4);
    expect(summary.run).toMatchObject({ seed: 8, name: 'few' });
    expect(summary.timing.compression).toBe(1);
    expect(summary.lab?.limits[1]).toMatch(/^1 CallManager process,/);
  });

  it('leave out steps of the start-up process, and all of them', async () => {
    const [address, all] = await Promise.all(
      ['dhcp', SKIPPABLE_STEPS.join(',')].map((skip) =>
        runStorm(`${FEW}lab: { callManagers: 1 }\n`, ['--skip', skip]),
      ),
    );
    for (const storm of [address, all]) {
      expect(storm?.code).toBe(EXIT_CODES.ok.code);
      expect(storm?.summary.phones.ready).toBe(5);
    }
    const tried = (storm: FinishedStorm | undefined): string[] =>
      Object.entries(storm?.summary.stages ?? {}).flatMap(([stage, { attempts }]) =>
        attempts > 0 ? [stage] : [],
      );
    expect(tried(address)).toEqual(ORDINARY_STAGES.filter((stage) => stage !== 'dhcp'));
    expect(tried(all)).toEqual([]);
  });
});

/** The sum of the series whose name and first labels are these. */
function sumOf(values: Scrape, prefix: string): number {
  return [...values]
    .filter(([series]) => series.startsWith(prefix))
    .reduce((sum, [, value]) => sum + value, 0);
}

/**
 * The summary's figure is that of the worst ten seconds: not below the bucket with the 99th percentile of all values, and
 * not above the last bucket that has one.
 */
function expectWorstWindowAmongBuckets(values: Scrape, name: string, p99Seconds: number | null): void {
  const total = values.get(`${name}_count`) ?? 0;
  expect(total).toBeGreaterThan(0);
  const bounds = [...values]
    .flatMap(([series, count]) => {
      const bound = new RegExp(`^${name}_bucket\\{le="([^"]+)"\\}$`).exec(series)?.[1];
      return bound === undefined ? [] : [{ upper: bound === '+Inf' ? Infinity : Number(bound), count }];
    })
    .toSorted((a, b) => a.upper - b.upper);
  const at = bounds.findIndex(({ count }) => count >= 0.99 * total);
  expect(p99Seconds).not.toBeNull();
  expect(p99Seconds ?? 0).toBeLessThanOrEqual(bounds.find(({ count }) => count === total)?.upper ?? 0);
  expect(p99Seconds ?? 0).toBeGreaterThanOrEqual(bounds[at - 1]?.upper ?? 0);
}
