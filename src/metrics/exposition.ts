import { Gauge, Registry } from 'prom-client';
import { CATALOGUE } from './catalogue.ts';
import type { Histogram } from './histogram.ts';
import { BUCKET_SECONDS, type CatalogueMetric, type Sample, type Scoped } from './metric.ts';
import { NamedServers } from './named-servers.ts';
import type { ExporterFacts, RunFacts } from './run-facts.ts';
import type { RunProgress } from './run-progress.ts';
import type { RunState } from './run-state.ts';

/** What is exported: phones as they are now, by whom, and where it is of a whole run what is known of that besides. */
export interface MetricsSource {
  readonly read: () => RunState;
  readonly exporter: () => ExporterFacts;
  /** Absent where no metric of the run is exported. */
  readonly run?: () => { readonly facts: RunFacts; readonly progress: RunProgress };
}

/**
 * A prom-client registry with every metric of the catalogue. A scrape reads the source once: all series are of one
 * instant, and of one run, which each names in its label `run`. Before there is a run there is no series.
 */
export function metricsRegistry(scopes: readonly CatalogueMetric['scope'][]): MetricsRegistry {
  const registry = new Registry();
  const servers = new NamedServers();
  const exported = CATALOGUE.filter(({ scope }) => scopes.includes(scope)).map(
    (metric) => new ExportedMetric(metric, servers, registry),
  );
  return {
    contentType: registry.contentType,
    render: (source) => {
      const exporter = source.exporter();
      const moment = { state: source.read(), exporter, run: source.run?.() ?? null };
      if (exporter.id !== null) {
        registry.setDefaultLabels({ run: exporter.id });
        for (const metric of exported) metric.update(moment);
      }
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
  readonly #servers: NamedServers | null;
  #values: ExportedValue[] = [];

  constructor(metric: CatalogueMetric, servers: NamedServers, registry: Registry) {
    const { name, help, labels, aggregator } = metric;
    super({ name, help, labelNames: labels, aggregator, registers: [registry] });
    this.type = metric.type;
    this.#metric = metric;
    this.#servers = labels.includes('server') ? servers : null;
  }

  update(moment: Moment): void {
    const metric = this.#metric;
    if (metric.type === 'histogram') {
      const samples = samplesOf(metric, moment);
      const bounded = this.#servers?.foldHistograms(samples) ?? samples;
      this.#values = bounded.flatMap((sample) => histogramValues(metric.name, sample));
    } else {
      const samples = samplesOf(metric, moment);
      const bounded = this.#servers?.foldNumbers(samples) ?? samples;
      this.#values = bounded.map(({ labels, value }) => ({ labels: { ...labels }, value }));
    }
  }

  override async get(): ReturnType<Gauge['get']> {
    return { ...(await super.get()), values: this.#values };
  }
}

/** What one scrape reads. */
interface Moment {
  readonly state: RunState;
  readonly exporter: ExporterFacts;
  readonly run: ReturnType<NonNullable<MetricsSource['run']>> | null;
}

function samplesOf<Value>(metric: Scoped<Value>, { state, exporter, run }: Moment): readonly Sample<Value>[] {
  if (metric.scope === 'agent') return metric.read(state, exporter);
  if (run === null) throw new Error('a metric of the run, and nothing is known of the run');
  return metric.read(state, run.facts, run.progress);
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
