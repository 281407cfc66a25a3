/** Each alert rule against made-up series, judged by promtool: it fires when it should, and is quiet just below. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type AlertRule, alertRules } from '../../dashboards/alerts.ts';
import { requireProgram } from '../setup/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const RULES = fileURLToPath(new URL('../../dashboards/prometheus/alerts.yaml', import.meta.url));
const RUN = 'run="storm-1"';

/** Values by series, in promtool's notation: one every 15 seconds. */
type Series = Readonly<Record<string, string>>;

interface Case {
  readonly alert: string;
  /** When it is looked at, after the first value. */
  readonly at: string;
  readonly fires: Series;
  readonly quiet: Series;
  readonly labels?: Readonly<Record<string, string>>;
  /** What stands in its texts for `$value`. */
  readonly value?: string;
}

/** A series that is as it is. */
const steady = (value: number): string => `${value}x40`;
/** A counter that gains so much every 15 seconds. */
const counting = (step: number): string => `0+${step}x40`;

/** Observations in the buckets around a limit of 0.25 s, of 1,000 every 15 seconds. */
const lateness = (metric: string, late: number): Series => ({
  [`bootstorm_${metric}_bucket{${RUN}, le="0.1"}`]: counting(1000 - late),
  [`bootstorm_${metric}_bucket{${RUN}, le="0.25"}`]: counting(1000 - late),
  [`bootstorm_${metric}_bucket{${RUN}, le="0.5"}`]: counting(1000),
  [`bootstorm_${metric}_bucket{${RUN}, le="+Inf"}`]: counting(1000),
});

/** A thousand phones of which so many are in service, while some are at their servers and so many register. */
const recovery = (ready: number, registrations: string, slope = 1): Series => ({
  [`bootstorm_phones{${RUN}, state="ready"}`]: steady(ready),
  [`bootstorm_run_phones_asked{${RUN}}`]: steady(1000),
  [`bootstorm_phones_in_stage{${RUN}, stage="config"}`]: steady(1000 - ready),
  [`bootstorm_registrations_total{${RUN}, outcome="registered"}`]: registrations,
  [`bootstorm_run_phase{${RUN}, phase="holding"}`]: steady(1),
  [`bootstorm_run_schedule_slope_ratio{${RUN}}`]: steady(slope),
});

const server = 'role="callManager", server="10.0.0.1:2000"';

const CASES: readonly Case[] = [
  {
    alert: 'BootstormRunInvalid',
    at: '1m',
    fires: { [`bootstorm_run_verdict{${RUN}, verdict="invalid"}`]: steady(1) },
    quiet: {
      [`bootstorm_run_verdict{${RUN}, verdict="invalid"}`]: steady(0),
      [`bootstorm_run_verdict{${RUN}, verdict="fail"}`]: steady(1),
    },
  },
  {
    alert: 'BootstormRunFailed',
    at: '1m',
    fires: { [`bootstorm_run_verdict{${RUN}, verdict="fail"}`]: steady(1) },
    quiet: { [`bootstorm_run_verdict{${RUN}, verdict="pass"}`]: steady(1) },
  },
  {
    alert: 'BootstormAgentLost',
    at: '1m',
    fires: { [`bootstorm_run_lost_shards{${RUN}}`]: steady(2) },
    quiet: { [`bootstorm_run_lost_shards{${RUN}}`]: steady(0) },
    value: '2',
  },
  {
    alert: 'BootstormPhonesFailing',
    at: '2m',
    fires: {
      [`bootstorm_phones{${RUN}, state="failed"}`]: steady(8),
      [`bootstorm_phones{${RUN}, state="dropped"}`]: steady(12),
      [`bootstorm_run_phones_asked{${RUN}}`]: steady(1000),
    },
    quiet: {
      [`bootstorm_phones{${RUN}, state="failed"}`]: steady(10),
      [`bootstorm_phones{${RUN}, state="trying"}`]: steady(900),
      [`bootstorm_run_phones_asked{${RUN}}`]: steady(1000),
    },
    value: '2%',
  },
  {
    alert: 'BootstormRecoveryStalled',
    at: '4m',
    fires: recovery(400, steady(400)),
    quiet: recovery(400, counting(1)),
    value: '400',
  },
  {
    alert: 'BootstormRecoveryStalled',
    at: '4m',
    fires: recovery(999, steady(999)),
    quiet: recovery(400, steady(400), 0),
    value: '999',
  },
  {
    alert: 'BootstormServiceLost',
    at: '1m',
    // It is born with its first losses.
    fires: { [`bootstorm_service_lost_total{${RUN}, cause="tcp-reset"}`]: '_ _ _ 500x40' },
    quiet: { [`bootstorm_service_lost_total{${RUN}, cause="tcp-reset"}`]: '500x40' },
    labels: { cause: 'tcp-reset' },
    value: '500',
  },
  {
    alert: 'BootstormTftpFailing',
    at: '2m',
    fires: {
      [`bootstorm_tftp_transfers_total{${RUN}, outcome="received"}`]: counting(75),
      [`bootstorm_tftp_transfers_total{${RUN}, outcome="failed"}`]: counting(25),
    },
    quiet: {
      [`bootstorm_tftp_transfers_total{${RUN}, outcome="received"}`]: counting(95),
      [`bootstorm_tftp_transfers_total{${RUN}, outcome="failed"}`]: counting(5),
    },
    value: '25%',
  },
  {
    alert: 'BootstormServerRefusing',
    at: '2m',
    fires: {
      [`bootstorm_server_attempts_total{${RUN}, ${server}}`]: counting(100),
      [`bootstorm_server_refused_total{${RUN}, ${server}}`]: counting(50),
    },
    quiet: {
      [`bootstorm_server_attempts_total{${RUN}, ${server}}`]: counting(100),
      [`bootstorm_server_refused_total{${RUN}, ${server}}`]: counting(10),
    },
    labels: { role: 'callManager', server: '10.0.0.1:2000' },
    value: '50%',
  },
  {
    alert: 'BootstormGeneratorLate',
    at: '2m',
    fires: lateness('start_lateness_seconds', 40),
    quiet: lateness('start_lateness_seconds', 10),
    // 990 of 1,000 are within 0.25 s and three quarters of the bucket after it.
    value: '437.5ms',
  },
  {
    alert: 'BootstormEventLoopBlocked',
    at: '2m',
    fires: lateness('event_loop_lag_seconds', 20),
    quiet: lateness('event_loop_lag_seconds', 0),
    value: '375ms',
  },
  {
    alert: 'BootstormDatagramsDropped',
    at: '2m',
    fires: { [`bootstorm_dropped_datagrams_total{${RUN}, instance="agent-1:9464"}`]: '0x6 3x40' },
    quiet: { [`bootstorm_dropped_datagrams_total{${RUN}, instance="agent-1:9464"}`]: steady(0) },
    labels: { instance: 'agent-1:9464' },
    value: '3',
  },
  {
    alert: 'BootstormWorkerStoodStill',
    at: '1m',
    fires: { [`bootstorm_event_loop_longest_block_seconds{${RUN}, instance="agent-1:9464"}`]: steady(0.5) },
    quiet: { [`bootstorm_event_loop_longest_block_seconds{${RUN}, instance="agent-1:9464"}`]: steady(0.4) },
    labels: { instance: 'agent-1:9464' },
    value: '500ms',
  },
  {
    alert: 'BootstormDescriptorsNearLimit',
    at: '1m',
    fires: {
      [`bootstorm_open_descriptors{${RUN}, instance="agent-1:9464"}`]: steady(950),
      [`bootstorm_descriptor_limit{${RUN}, instance="agent-1:9464"}`]: steady(1000),
    },
    quiet: {
      [`bootstorm_open_descriptors{${RUN}, instance="agent-1:9464"}`]: steady(900),
      [`bootstorm_descriptor_limit{${RUN}, instance="agent-1:9464"}`]: steady(1000),
    },
    labels: { instance: 'agent-1:9464' },
    value: '50',
  },
  {
    alert: 'BootstormSnapshotsLost',
    at: '2m',
    fires: { [`bootstorm_run_lost_snapshots_total{${RUN}}`]: '0x6 4x40' },
    quiet: { [`bootstorm_run_lost_snapshots_total{${RUN}}`]: steady(4) },
    value: '4',
  },
];

const rules = new Map(
  alertRules().groups.flatMap((group) => group.rules.map((rule) => [rule.alert, rule] as const)),
);

/** A text of a rule as it reads with these labels and this value. */
function filledIn(text: string, labels: Readonly<Record<string, string>>, value: string): string {
  return text
    .replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, name: string) => labels[name] ?? '')
    .replaceAll(/\{\{ \$value(?: \| \w+)? \}\}/g, value);
}

function expected(rule: AlertRule, { labels = {}, value = '' }: Case): object {
  const all = { run: 'storm-1', ...labels };
  const texts = Object.entries(rule.annotations).map(([name, text]) => [name, filledIn(text, all, value)]);
  return { exp_labels: { ...rule.labels, ...all }, exp_annotations: Object.fromEntries(texts) };
}

function testOf(one: Case, series: Series, alerts: readonly object[]): object {
  return {
    interval: '15s',
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    alert_rule_test: [{ eval_time: one.at, alertname: one.alert, exp_alerts: alerts }],
  };
}

/** What promtool says of such tests; empty: they pass. */
function promtool(tests: readonly object[]): string {
  const folder = temporaryFolder({
    'alerts.yaml': stringify({ rule_files: [RULES], evaluation_interval: '15s', tests }),
  });
  const { status, stdout, stderr } = spawnSync(
    requireProgram('promtool'),
    ['test', 'rules', `${folder}/alerts.yaml`],
    { encoding: 'utf8' },
  );
  return status === 0 ? '' : `${stdout}${stderr}`;
}

it('promtool accepts the committed rules', () => {
  const { status, stdout } = spawnSync(requireProgram('promtool'), ['check', 'rules', RULES], {
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  expect(stdout).toContain(`${rules.size} rules found`);
});

it('every rule has its case', () => {
  expect([...new Set(CASES.map(({ alert }) => alert))].toSorted()).toEqual([...rules.keys()].toSorted());
});

it('every rule fires when it should, and says what it is about', () => {
  const tests = CASES.map((one) => {
    const rule = rules.get(one.alert);
    if (rule === undefined) throw new Error(`no rule ${one.alert}`);
    return testOf(one, one.fires, [expected(rule, one)]);
  });
  expect(promtool(tests)).toBe('');
});

it('every rule is quiet just below', () => {
  expect(promtool(CASES.map((one) => testOf(one, one.quiet, [])))).toBe('');
});

it('a rule that would not fire is found out', () => {
  const [one] = CASES;
  if (one === undefined) throw new Error('no case');
  expect(promtool([testOf(one, one.fires, [])])).toContain('FAILED');
});
