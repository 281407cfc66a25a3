/** PromQL from the catalogue: what is not in it cannot be asked for, and no label that a metric does not have. */
import { CATALOGUE } from '../src/metrics/catalogue.ts';
import type { CatalogueMetric } from '../src/metrics/metric.ts';

/** How often the Prometheus of `compose.yaml` scrapes: twelve points in the minute that decides. */
export const SCRAPE_SECONDS = 5;
/** In which steps last values are looked for: shorter than from one scrape to the next, so that none is stepped over. */
export const LOOK_SECONDS = 4;

/**
 * What a dashboard's variables choose, by the label that they filter. Every series has the label `run`; the others
 * apply where the metric has the label.
 */
const FILTERS: Readonly<Record<string, string>> = {
  site: 'site=~"$site"',
  model: 'model=~"$model"',
  server: 'server=~"$server"',
};

/** What comes after the name of a histogram. */
type Part = 'bucket' | 'sum' | 'count';

/** The metric `bootstorm_NAME`. Throws for a name that the catalogue does not have. */
export function metricOf(name: string): CatalogueMetric {
  const metric = CATALOGUE.find((candidate) => candidate.name === `bootstorm_${name}`);
  if (metric === undefined) throw new Error(`the catalogue has no metric bootstorm_${name}`);
  return metric;
}

/**
 * The series of a metric that the dashboard's variables choose.
 * @param where matchers beside theirs, as in `state="ready"`
 */
export function of(name: string, where = ''): string {
  return selector(name, '', where);
}

/** The series of one part of a histogram. */
export function partOf(name: string, part: Part, where = ''): string {
  return selector(name, `_${part}`, where);
}

function selector(name: string, suffix: string, where: string): string {
  const { labels } = metricOf(name);
  const filters = labels.map((label: string) => FILTERS[label]).filter((filter) => filter !== undefined);
  const matchers = ['run="$run"', ...(where === '' ? [] : [where]), ...filters];
  return `bootstorm_${name}${suffix}{${matchers.join(', ')}}`;
}

/** The sum of all agents' values; by labels, or of all. */
export function sum(series: string, ...by: readonly string[]): string {
  return by.length === 0 ? `sum(${series})` : `sum by (${by.join(', ')}) (${series})`;
}

/** Per second, over what one point of the panel stands for. */
export function rate(series: string): string {
  return `rate(${series}[$__rate_interval])`;
}

/**
 * What counters gained, exactly. Unlike `increase` it has what a series held when it was first seen: many are born with
 * the first failure, or with the first phone that reaches a server.
 */
export function gained(series: string, window = '$__interval'): string {
  return `clamp_min(${series} - (${series} offset ${window}), 0) or ${series}`;
}

/** What counters gained per second, for series that may be born late. */
export function gainedPerSecond(series: string, ...by: readonly string[]): string {
  return `${sum(gained(series), ...by)} * 1000 / $__interval_ms`;
}

/** A percentile of what was observed lately, by labels. */
export function recentQuantile(q: number, name: string, by: readonly string[] = [], where = ''): string {
  const buckets = gained(partOf(name, 'bucket', where), '$__rate_interval');
  return `histogram_quantile(${q}, ${sum(buckets, 'le', ...by)})`;
}

/** A percentile of all that was observed in the run so far, by labels. */
export function quantile(q: number, name: string, by: readonly string[] = [], where = ''): string {
  return `histogram_quantile(${q}, ${sum(partOf(name, 'bucket', where), 'le', ...by)})`;
}

/** The mean of what was observed lately, by labels. */
export function recentMean(name: string, by: readonly string[] = [], where = ''): string {
  const lately = (part: Part): string => sum(gained(partOf(name, part, where), '$__rate_interval'), ...by);
  return `${lately('sum')} / (${lately('count')} > 0)`;
}

/**
 * The last values that an expression had in the chosen time, for tables and single figures. A finished run has no
 * present ones: its endpoint is gone. Looked at more often than is scraped, so that the last scrape is among them; and
 * as a whole, so that of an agent that was lost nothing is counted beside what its successor counts.
 */
export function atLast(expression: string): string {
  return `last_over_time((${expression})[$__range:${LOOK_SECONDS}s])`;
}

/**
 * What each series said last in the chosen time, found by its sample and not by looking in steps: for what may stand in
 * one scrape only. Only where a process that was lost cannot contradict its successor.
 */
export function lastSaid(series: string): string {
  return `last_over_time(${series}[$__range])`;
}
