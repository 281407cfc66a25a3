import type { Histogram } from './histogram.ts';
import type { LabelValues, Sample } from './metric.ts';
import { MOST_SERVERS, OTHER } from './series-bounds.ts';
import { merged } from './sums.ts';

/**
 * The servers that have series of their own: the first `MOST_SERVERS` that an exporter meets, whoever named them. The
 * others of a role are one, so that no series ever changes its server and nothing is left out of a sum.
 */
export class NamedServers {
  readonly #named = new Set<string>();

  foldNumbers(samples: readonly Sample<number>[]): Sample<number>[] {
    return this.#fold(samples, (values) => values.reduce((sum, value) => sum + value, 0));
  }

  foldHistograms(samples: readonly Sample<Histogram>[]): Sample<Histogram>[] {
    return this.#fold(samples, (values) => merged(values, (histogram) => histogram.toSparse()));
  }

  #fold<Value>(
    samples: readonly Sample<Value>[],
    merge: (values: readonly Value[]) => Value,
  ): Sample<Value>[] {
    const kept: Sample<Value>[] = [];
    const others = new Map<string, { labels: LabelValues; values: Value[] }>();
    for (const sample of samples) {
      if (this.#isNamed(sample.labels)) {
        kept.push(sample);
        continue;
      }
      const labels = { ...sample.labels, server: OTHER };
      const key = JSON.stringify(labels);
      const other = others.get(key);
      if (other === undefined) others.set(key, { labels, values: [sample.value] });
      else other.values.push(sample.value);
    }
    return [...kept, ...[...others.values()].map(({ labels, values }) => ({ labels, value: merge(values) }))];
  }

  #isNamed({ role, server }: LabelValues): boolean {
    const key = `${role} ${server}`;
    if (this.#named.has(key)) return true;
    if (this.#named.size >= MOST_SERVERS) return false;
    this.#named.add(key);
    return true;
  }
}
