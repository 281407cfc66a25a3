import { SECURITY_LEVELS, TRUST_VERDICTS } from '../phone/boot-event.ts';
import { FAILURE_CAUSE_NAMES } from '../phone/failure-causes.ts';
import { STAGE_NAMES } from '../phone/stages.ts';
import { AGENT_STATES } from './agent-facts.ts';
import type { Histogram } from './histogram.ts';
import { PHONE_STATES } from './ledger.ts';
import type { ExporterFacts, RunFacts } from './run-facts.ts';
import { RUN_PHASES, type RunProgress, VERDICTS } from './run-progress.ts';
import type { RunState } from './run-state.ts';
import { CAPF_OPERATIONS, HANDSHAKE_OUTCOMES, TRUST_LISTS, TVS_OUTCOMES } from './security-tally.ts';
import { TOKEN_OUTCOMES } from './server-tally.ts';
import { RETRANSMITTING_PROTOCOLS, TRANSFER_OUTCOMES } from './shard-snapshot.ts';

export const LEDGER_STATES = [...PHONE_STATES, 'lostWithAgent'] as const;

/** Labels with closed lists of values. Nothing that grows with the phones is ever a label. */
export const METRIC_LABELS = {
  stage: STAGE_NAMES,
  cause: FAILURE_CAUSE_NAMES,
  state: [...LEDGER_STATES, ...AGENT_STATES],
  phase: RUN_PHASES,
  outcome: [
    'registered',
    'failed',
    'lost',
    'unregistered',
    ...TRANSFER_OUTCOMES,
    ...TOKEN_OUTCOMES,
    ...HANDSHAKE_OUTCOMES,
    ...TVS_OUTCOMES,
  ],
  security: SECURITY_LEVELS,
  list: TRUST_LISTS,
  verdict: [...TRUST_VERDICTS, ...VERDICTS],
  operation: CAPF_OPERATIONS,
  protocol: RETRANSMITTING_PROTOCOLS,
  direction: ['sent', 'received'],
  recovery: ['fromPower', 'network'],
  fraction: ['0.5', '0.9', '0.99', '1'],
} as const satisfies Record<string, readonly string[]>;

/**
 * Labels whose values a run brings with it, with what they tell apart: of several labels of one thing there are no more
 * combinations than things. How many of each there can be: `seriesBounds`.
 */
export const OPEN_LABELS = {
  role: 'server',
  server: 'server',
  site: 'group',
  model: 'group',
  agent: 'agent',
  version: 'run',
  node: 'run',
  name: 'run',
  seed: 'run',
  threshold: 'threshold',
  mark: 'mark',
  what: 'mark',
  number: 'mark',
} as const satisfies Record<string, string>;

type ClosedLabel = keyof typeof METRIC_LABELS;
type OpenLabel = keyof typeof OPEN_LABELS;
/** What the values of open labels tell apart. */
export type OpenThing = (typeof OPEN_LABELS)[OpenLabel];

export type MetricLabel = ClosedLabel | OpenLabel;
export type LabelValues = { readonly [Label in ClosedLabel]?: (typeof METRIC_LABELS)[Label][number] } & {
  readonly [Label in OpenLabel]?: string;
};

export function isOpen(label: MetricLabel): label is OpenLabel {
  return label in OPEN_LABELS;
}

/** One series with its value; undefined: there is nothing to say yet, and no series. */
export interface Sample<Value> {
  readonly labels: LabelValues;
  readonly value: Value;
}

interface MetricFacts {
  readonly name: `bootstorm_${string}`;
  readonly help: string;
  readonly labels: readonly MetricLabel[];
  /** How the values of several agents become one. */
  readonly aggregator: 'sum' | 'max' | 'first';
}

interface AgentScoped<Value> {
  readonly scope: 'agent';
  readonly read: (state: RunState, exporter: ExporterFacts) => readonly Sample<Value>[];
}

interface RunScoped<Value> {
  readonly scope: 'run';
  readonly read: (state: RunState, facts: RunFacts, progress: RunProgress) => readonly Sample<Value>[];
}

/** Who exports it: an agent for its phones, or the coordinator for the run. A `sum()` never counts twice. */
export type Scoped<Value> = AgentScoped<Value> | RunScoped<Value>;

export type ScalarMetric = MetricFacts & { readonly type: 'counter' | 'gauge' } & Scoped<number>;

export type HistogramMetric = MetricFacts & { readonly type: 'histogram' } & Scoped<Histogram>;

export type CatalogueMetric = ScalarMetric | HistogramMetric;

/** Upper bounds of the classic buckets, seconds: each is the upper edge of a histogram bin, so counts are exact. */
export const BUCKET_SECONDS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 180, 300,
];

export function one<Value>(value: Value): Sample<Value>[] {
  return [{ labels: {}, value }];
}

type Declaration<Value> = Pick<MetricFacts, 'labels'> &
  Partial<Pick<MetricFacts, 'aggregator'>> &
  (RunScoped<Value> | (Omit<AgentScoped<Value>, 'scope'> & { readonly scope?: undefined }));

export function counter(
  name: `${string}_total`,
  help: string,
  declaration: Declaration<number>,
): ScalarMetric {
  return { type: 'counter', ...declared(name, help, declaration) };
}

export function gauge(name: string, help: string, declaration: Declaration<number>): ScalarMetric {
  return { type: 'gauge', ...declared(name, help, declaration) };
}

export function histogram(
  name: `${string}_seconds`,
  help: string,
  declaration: Declaration<Histogram>,
): HistogramMetric {
  return { type: 'histogram', ...declared(name, help, declaration) };
}

/** Without another word: the phones' own, and a sum. */
function declared<Value>(
  name: string,
  help: string,
  declaration: Declaration<Value>,
): MetricFacts & Scoped<Value> {
  const named = { name: `bootstorm_${name}`, help, aggregator: 'sum' } as const;
  return declaration.scope === 'run'
    ? { ...named, ...declaration }
    : { ...named, ...declaration, scope: 'agent' };
}
