import { SERVER_ROLES } from '../phone/stages.ts';
import { CATALOGUE } from './catalogue.ts';
import {
  BUCKET_SECONDS,
  isOpen,
  METRIC_LABELS,
  type MetricLabel,
  OPEN_LABELS,
  type OpenThing,
} from './metric.ts';
import { MOST_MARKS, MOST_SERVERS } from './series-bounds.ts';

/** Of a histogram: its buckets, that without end, sum and count. */
const SERIES_OF_HISTOGRAM = BUCKET_SECONDS.length + 3;

/** How many things of a plan have series of their own. */
export interface SeriesPlan {
  readonly groups: number;
  readonly thresholds: number;
  /** Processes of one endpoint. */
  readonly agents: number;
}

/** The most series that an endpoint can ever have: every label with each of its values. Usually far fewer occur. */
export function mostSeries({ groups, thresholds, agents }: SeriesPlan): number {
  const things: Readonly<Record<OpenThing, number>> = {
    run: 1,
    agent: agents,
    group: groups,
    threshold: thresholds,
    // Of each role one may stand for those that there was no room for.
    server: MOST_SERVERS + SERVER_ROLES.length,
    mark: MOST_MARKS,
  };
  return CATALOGUE.reduce(
    (sum, { labels, type }) =>
      sum + combinations(labels, things) * (type === 'histogram' ? SERIES_OF_HISTOGRAM : 1),
    0,
  );
}

function combinations(labels: readonly MetricLabel[], things: Readonly<Record<OpenThing, number>>): number {
  const open = new Set(labels.filter(isOpen).map((label) => OPEN_LABELS[label]));
  const closed = labels.flatMap((label) => (isOpen(label) ? [] : METRIC_LABELS[label].length));
  return [...closed, ...[...open].map((thing) => things[thing])].reduce((product, size) => product * size, 1);
}
