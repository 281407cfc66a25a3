import { Gauge, Registry } from 'prom-client';
import { CATALOGUE } from './catalogue.ts';
import type { Histogram } from './histogram.ts';
import { BUCKET_SECONDS, type CatalogueMetric, type Sample, type Scoped } from './metric.ts';
import type { RunFacts } from './run-facts.ts';
import type { RunProgress } from './run-progress.ts';
import type { RunState } from './run-state.ts';

/** What is exported: the run as it is now, and what is known of it besides. */
export interface MetricsSource {
  readonly read: () => RunState;
  /** Absent where no metric of the run is exported. */
  readonly facts?: () => RunFacts;
  readonly progress?: () => RunProgress;
}

/**
 * A prom-client registry with every metric of the catalogue. A scrape reads the source once: all series are of one
 * instant.
 */
export function metricsRegistry(scopes: readonly CatalogueMetric['scope'][]): MetricsRegistry {
  const registry = new Registry();
  const exported = CATALOGUE.filter(({ scope }) => scopes.includes(scope)).map(
    (metric) => new ExportedMetric(metric, registry),
  );
  return {
    contentType: registry.contentType,
    render: (source) => {
      const state = source.read();
      const facts = source.facts?.() ?? null;
      for (const metric of exported) metric.update(state, facts);
      return registry.metrics();
    },
  };
}

export interface MetricsRegistry {
  readonly contentType: string;
  /** The text exposition format, version 0.0.4. */
  render(source: MetricsSource): Promise<string>;
}

interface ExportedValue {
  readonly metricName?: string;
  readonly labels: Record<string, string | number>;
  readonly value: number;
}

/**
 * A metric whose values were counted elsewhere. prom-client has no way to set the buckets of a histogram; all that a
 * registry asks of a metric is `get()`, which a gauge with another type answers for all three types.
 */
class ExportedMetric extends Gauge {
  readonly type: CatalogueMetric['type'];
  readonly #metric: CatalogueMetric;
  #values: ExportedValue[] = [];

  constructor(metric: CatalogueMetric, registry: Registry) {
    const { name, help, labels, aggregator } = metric;
    super({ name, help, labelNames: labels, aggregator, registers: [registry] });
    this.type = metric.type;
    this.#metric = metric;
  }

  update(state: RunState, facts: RunFacts | null): void {
    const metric = this.#metric;
    if (metric.type === 'histogram') {
      this.#values = samplesOf(metric, state, facts).flatMap((sample) =>
        histogramValues(metric.name, sample),
      );
    } else {
      this.#values = samplesOf(metric, state, facts).map(({ labels, value }) => ({
        labels: { ...labels },
        value,
      }));
    }
  }

  override async get(): ReturnType<Gauge['get']> {
    return { ...(await super.get()), values: this.#values };
  }
}

function samplesOf<Value>(
  metric: Scoped<Value>,
  state: RunState,
  facts: RunFacts | null,
): readonly Sample<Value>[] {
  if (metric.scope === 'agent') return metric.read(state);
  if (facts === null) throw new Error('a metric of the run, and nothing is known of the run');
  return metric.read(state, facts);
}

/** The classic histogram: cumulative buckets in seconds, sum, count. */
function histogramValues(name: string, { labels, value }: Sample<Histogram>): ExportedValue[] {
  const buckets = BUCKET_SECONDS.map((seconds) => ({
    metricName: `${name}_bucket`,
    labels: { ...labels, le: seconds },
    value: value.countAtOrBelow(seconds * 1000),
  }));
  return [
    ...buckets,
    { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: value.count },
    { metricName: `${name}_sum`, labels: { ...labels }, value: value.sum / 1000 },
    { metricName: `${name}_count`, labels: { ...labels }, value: value.count },
  ];
}
