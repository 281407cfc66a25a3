import { CATALOGUE } from './catalogue.ts';
import { BUCKET_SECONDS, METRIC_LABELS } from './metric.ts';

/** Of a histogram: its buckets, that without end, sum and count. */
const SERIES_OF_HISTOGRAM = BUCKET_SECONDS.length + 3;

/** The most series that an endpoint can ever have: every label with each of its values. Usually far fewer occur. */
export function mostSeries(): number {
  return CATALOGUE.reduce((sum, { labels, type }) => {
    const combinations = labels.reduce((product, label) => product * METRIC_LABELS[label].length, 1);
    return sum + combinations * (type === 'histogram' ? SERIES_OF_HISTOGRAM : 1);
  }, 0);
}
