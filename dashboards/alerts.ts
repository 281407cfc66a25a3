/** What somebody should be told while a run lasts: rules for Prometheus, by run. */
import { STAGE_NAMES, STAGES } from '../src/phone/stages.ts';
import { DEFAULT_GENERATOR_LIMITS } from '../src/scenario/validity.ts';
import { STORM_FACTS, CLUSTER_FACTS, GENERATOR_FACTS } from './facts.ts';
import { gained, metricOf } from './promql.ts';

/** Over what rules look back: more than two scrapes, however seldom they are, and short beside a recovery. */
const WINDOW = '1m';
/** No phone has registered for so long, though phones are at their servers. */
const STALLED_WINDOW = '2m';
/** In these a phone is busy with itself. */
const MODELLED_STAGES = STAGE_NAMES.filter((stage) => STAGES[stage].time === 'modelled').join('|');

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: 'critical' | 'warning' };
  readonly annotations: {
    readonly summary: string;
    readonly description: string;
    readonly dashboard: string;
  };
}

export interface AlertRules {
  readonly groups: readonly { readonly name: string; readonly rules: readonly AlertRule[] }[];
}

export function alertRules(): AlertRules {
  return {
    groups: [
      { name: 'bootstorm-run', rules: runRules() },
      { name: 'bootstorm-phones', rules: phoneRules() },
      { name: 'bootstorm-servers', rules: serverRules() },
      { name: 'bootstorm-generator', rules: generatorRules() },
    ],
  };
}

/** The metric by its name, once the catalogue has it. */
function name(metric: string, part = ''): string {
  metricOf(metric);
  return `bootstorm_${metric}${part}`;
}

function gainedBy(metric: string, by: string, window = WINDOW): string {
  return `sum by (${by}) (${gained(name(metric), window)})`;
}

function p99(metric: string): string {
  return `histogram_quantile(0.99, sum by (run, le) (${gained(name(metric, '_bucket'), WINDOW)}))`;
}

function runRules(): AlertRule[] {
  return [
    rule('BootstormRunInvalid', 'critical', {
      expr: `max by (run) (${name('run_verdict')}{verdict="invalid"}) == 1`,
      summary: 'Run {{ $labels.run }} is INVALID',
      description:
        'The generator was the bottleneck: its figures say nothing of the cluster. Use more agents, or fewer phones for each.',
      dashboard: GENERATOR_FACTS.uid,
    }),
    rule('BootstormRunFailed', 'warning', {
      expr: `max by (run) (${name('run_verdict')}{verdict="fail"}) == 1`,
      summary: 'Run {{ $labels.run }} missed a threshold',
      description: 'The panel Thresholds says which one.',
      dashboard: STORM_FACTS.uid,
    }),
    rule('BootstormAgentLost', 'critical', {
      expr: `max by (run) (${name('run_lost_shards')}) > 0`,
      summary: 'Run {{ $labels.run }} lost an agent',
      description:
        '{{ $value }} shards have no agent: their phones are missing from the figures, unless others begin them anew.',
      dashboard: GENERATOR_FACTS.uid,
    }),
  ];
}

function phoneRules(): AlertRule[] {
  const phones = name('phones');
  const asked = `max by (run) (${name('run_phones_asked')})`;
  const ready = `sum by (run) (${phones}{state="ready"})`;
  const underWay = `max by (run) (${name('run_phase')}{phase=~"ramping|holding"}) == 1`;
  const running = `max by (run) (${name('run_schedule_slope_ratio')}) > 0`;
  const registrations = `sum by (run) (${gained(`${name('registrations_total')}{outcome="registered"}`, STALLED_WINDOW)})`;
  const atServers = `sum by (run) (max_over_time(${name('phones_in_stage')}{stage!~"${MODELLED_STAGES}"}[${WINDOW}]))`;
  return [
    rule('BootstormPhonesFailing', 'warning', {
      expr: `sum by (run) (${phones}{state=~"failed|dropped"}) / ${asked} > 0.01`,
      for: '30s',
      summary: 'More than 1 % of the phones of run {{ $labels.run }} failed or lost their registration',
      description: '{{ $value | humanizePercentage }} of the planned phones. The table of failures says why.',
      dashboard: STORM_FACTS.uid,
    }),
    rule('BootstormRecoveryStalled', 'critical', {
      expr: [
        `${ready} < ${asked}`,
        `(${atServers} > 0)`,
        `(${registrations} == 0)`,
        `(${underWay})`,
        `(${running})`,
      ].join(' and on (run) '),
      for: WINDOW,
      summary: 'The recovery of run {{ $labels.run }} has stalled at {{ $value }} phones',
      description:
        'Phones wait for their servers, and none has registered for minutes. The panel of phones in each stage says where they wait.',
      dashboard: STORM_FACTS.uid,
    }),
    rule('BootstormServiceLost', 'warning', {
      expr: `${gainedBy('service_lost_total', 'run, cause')} > 0`,
      summary: 'Phones of run {{ $labels.run }} lost their registration: {{ $labels.cause }}',
      description:
        '{{ $value | humanize }} registrations within a minute. Expected where the scenario takes a CallManager away.',
      dashboard: CLUSTER_FACTS.uid,
    }),
  ];
}

function serverRules(): AlertRule[] {
  const attempts = gainedBy('server_attempts_total', 'run, role, server');
  const refused = gainedBy('server_refused_total', 'run, role, server');
  const failedFiles = `sum by (run) (${gained(`${name('tftp_transfers_total')}{outcome="failed"}`, WINDOW)})`;
  const files = gainedBy('tftp_transfers_total', 'run');
  return [
    rule('BootstormTftpFailing', 'warning', {
      expr: `${failedFiles} / (${files} > 0) > 0.05`,
      for: '30s',
      summary: 'More than 5 % of the TFTP transfers of run {{ $labels.run }} fail',
      description:
        '{{ $value | humanizePercentage }} of them: a server at its Maximum Serving Count drops requests.',
      dashboard: CLUSTER_FACTS.uid,
    }),
    rule('BootstormServerRefusing', 'warning', {
      expr: `${refused} / (${attempts} > 0) > 0.1`,
      for: '30s',
      summary: '{{ $labels.role }} {{ $labels.server }} refuses phones of run {{ $labels.run }}',
      description:
        '{{ $value | humanizePercentage }} of the tries: it is down, at its limit, or does not know the phones.',
      dashboard: CLUSTER_FACTS.uid,
    }),
  ];
}

function generatorRules(): AlertRule[] {
  const { latenessP99Seconds, eventLoopLagP99Seconds, longestBlockSeconds } = DEFAULT_GENERATOR_LIMITS;
  const dashboard = GENERATOR_FACTS.uid;
  return [
    rule('BootstormGeneratorLate', 'critical', {
      expr: `${p99('start_lateness_seconds')} > ${latenessP99Seconds}`,
      summary: 'The generator of run {{ $labels.run }} is late',
      description:
        'p99 of lateness is {{ $value | humanizeDuration }}: the run will be INVALID. Use more agents, or fewer phones for each.',
      dashboard,
    }),
    rule('BootstormEventLoopBlocked', 'critical', {
      expr: `${p99('event_loop_lag_seconds')} > ${eventLoopLagP99Seconds}`,
      summary: 'The event loops of run {{ $labels.run }} are blocked',
      description:
        'p99 of event-loop lag is {{ $value | humanizeDuration }}: the run will be INVALID. Use more agents, or fewer phones for each.',
      dashboard,
    }),
    rule('BootstormWorkerStoodStill', 'critical', {
      expr: `max by (run, instance) (${name('event_loop_longest_block_seconds')}) > ${longestBlockSeconds}`,
      summary: 'A worker of run {{ $labels.run }} stood still on {{ $labels.instance }}',
      description:
        'For {{ $value | humanizeDuration }}, once: the run will be INVALID. Something else had the processor.',
      dashboard,
    }),
    ...resourceRules(dashboard),
  ];
}

function resourceRules(dashboard: string): AlertRule[] {
  const { freeDescriptors } = DEFAULT_GENERATOR_LIMITS;
  return [
    rule('BootstormDatagramsDropped', 'warning', {
      expr: `${gainedBy('dropped_datagrams_total', 'run, instance')} > 0`,
      summary: 'The kernel of {{ $labels.instance }} drops datagrams of run {{ $labels.run }}',
      description:
        '{{ $value | humanize }} within a minute: answers of servers that seem lost. Raise the receive buffer, or use more agents.',
      dashboard,
    }),
    rule('BootstormDescriptorsNearLimit', 'warning', {
      expr: `${name('descriptor_limit')} - ${name('open_descriptors')} < ${freeDescriptors * 5}`,
      summary: '{{ $labels.instance }} has nearly no descriptors left for run {{ $labels.run }}',
      description: `{{ $value }} are left; with fewer than ${freeDescriptors} the run is INVALID. Raise ulimit -n, or use more agents.`,
      dashboard,
    }),
    rule('BootstormSnapshotsLost', 'warning', {
      expr: `${gainedBy('run_lost_snapshots_total', 'run')} > 0`,
      summary: 'Snapshots of run {{ $labels.run }} did not reach its coordinator',
      description:
        '{{ $value | humanize }} within a minute: live figures are behind, and the run may be INVALID.',
      dashboard,
    }),
  ];
}

interface RuleText {
  readonly expr: string;
  readonly for?: string;
  readonly summary: string;
  readonly description: string;
  /** Uid of the dashboard that shows more. */
  readonly dashboard: string;
}

function rule(alert: string, severity: AlertRule['labels']['severity'], text: RuleText): AlertRule {
  const { expr, summary, description, dashboard } = text;
  return {
    alert,
    expr,
    ...(text.for === undefined ? {} : { for: text.for }),
    labels: { severity },
    annotations: { summary, description, dashboard: `/d/${dashboard}` },
  };
}
