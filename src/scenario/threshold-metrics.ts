import { TRANSFER_OUTCOMES } from '../metrics/shard-snapshot.ts';
import { FAILURE_CAUSE_NAMES } from '../phone/failure-causes.ts';
import { STAGE_NAMES } from '../phone/stages.ts';

/** What a threshold's value is: phones (a number, or a share of those asked), events, or time. */
type ThresholdUnit = 'phones' | 'count' | 'duration';

interface ThresholdMetricFacts {
  readonly unit: ThresholdUnit;
  readonly description: string;
  /** Filters that may stand in braces. */
  readonly labels?: readonly ThresholdLabel[];
  /** What stands between the metric and its quantile: the names of stages, or of the plan's waves. */
  readonly of?: 'stage' | 'wave';
  /** How a quantile is written: `p95`, of what was measured, or `t95`, of the phones that it is about. */
  readonly quantile?: 'p' | 't';
}

/** The values that a filter may have; null: any text. */
export const THRESHOLD_LABELS = {
  stage: STAGE_NAMES,
  cause: FAILURE_CAUSE_NAMES,
  server: null,
  outcome: TRANSFER_OUTCOMES,
} as const satisfies Record<string, readonly string[] | null>;

export type ThresholdLabel = keyof typeof THRESHOLD_LABELS;

/** Everything that a threshold can be about, at the end of the hold. */
export const THRESHOLD_METRICS = {
  ready: { unit: 'phones', description: 'Phones in service (DefineTimeDate).' },
  registered: { unit: 'phones', description: 'Phones with RegisterAck; includes those in service.' },
  dropped: { unit: 'phones', description: 'Phones that were registered, are not, and are not back.' },
  failed: { unit: 'phones', description: 'Phones whose own policy ended their attempts.' },
  trying: { unit: 'phones', description: 'Phones that are booting and were never registered.' },
  not_started: { unit: 'phones', description: 'Phones without power so far.' },
  failed_over: {
    unit: 'phones',
    description: 'Phones that lost a CallManager and registered with another one, at least once.',
  },
  fell_back: {
    unit: 'phones',
    description: 'Phones that came back to a CallManager of higher priority, at least once.',
  },
  service_lost: { unit: 'count', description: 'Losses of a CallManager by registered phones.' },
  restarts: { unit: 'count', description: 'Boots that began again, after a failure or with new firmware.' },
  failures: {
    unit: 'count',
    labels: ['stage', 'cause', 'server'],
    description: 'Attempts that failed, and losses of service.',
  },
  transfers: { unit: 'count', labels: ['outcome'], description: 'Files asked for by TFTP.' },
  tokens_granted: { unit: 'count', description: 'RegisterTokenReq answered with RegisterTokenAck.' },
  tokens_rejected: { unit: 'count', description: 'RegisterTokenReq answered with RegisterTokenReject.' },
  secured: {
    unit: 'phones',
    description: 'Phones in service whose registration is authenticated or encrypted (TLS).',
  },
  handshakes_full: { unit: 'count', description: 'TLS handshakes with CallManagers, with a new session.' },
  handshakes_resumed: { unit: 'count', description: 'TLS handshakes that resumed an earlier session.' },
  time_to_service: {
    unit: 'duration',
    quantile: 'p',
    description: 'From the run’s start until that share of the phones asked had been in service.',
  },
  network_time: {
    unit: 'duration',
    quantile: 'p',
    description: 'The same from each phone’s first packet.',
  },
  registration: {
    unit: 'duration',
    quantile: 'p',
    description: 'To RegisterAck, from the SYN of the try, or from Register on a connection that stood by.',
  },
  stage: {
    unit: 'duration',
    of: 'stage',
    quantile: 'p',
    description:
      'From the first try of a stage to its first pass; `stage.tftp`: of all stages in which phones ask for files.',
  },
  wave: {
    unit: 'duration',
    of: 'wave',
    quantile: 't',
    description:
      'From the start of a return of power until that share of its phones had been in service; `plan` lists the waves.',
  },
} as const satisfies Record<string, ThresholdMetricFacts>;

/** What `stage.NAME.pNN` may name: a stage, or `tftp` for all in which phones ask for files. */
export const THRESHOLD_STAGES = [...STAGE_NAMES, 'tftp'] as const;

export type ThresholdMetric = keyof typeof THRESHOLD_METRICS;

export const THRESHOLD_METRIC_NAMES = Object.keys(THRESHOLD_METRICS) as readonly ThresholdMetric[];

export function thresholdMetric(name: ThresholdMetric): ThresholdMetricFacts {
  return THRESHOLD_METRICS[name];
}

/** `stage.NAME.pNN`, `failures{stage, cause, server}`: how the metric is written. */
function syntaxOf(name: ThresholdMetric): string {
  const { of, quantile, labels } = thresholdMetric(name);
  const path = [name, ...(of ? [of.toUpperCase()] : []), ...(quantile ? [`${quantile}NN`] : [])].join('.');
  return labels ? `${path}{${labels.join(', ')}}` : path;
}

const UNIT_TEXT = {
  phones: 'number or percent of phones',
  count: 'number',
  duration: 'duration',
} as const satisfies Record<ThresholdUnit, string>;

/** The table of metrics for the README. */
export function thresholdMetricsMarkdown(): string {
  const rows = THRESHOLD_METRIC_NAMES.map((name) => {
    const { unit, description } = thresholdMetric(name);
    return `| \`${syntaxOf(name)}\` | ${UNIT_TEXT[unit]} | ${description} |`;
  });
  return ['| Metric | Compared with a | |', '|---|---|---|', ...rows, ''].join('\n');
}
