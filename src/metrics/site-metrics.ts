import { type CatalogueMetric, counter, gauge, type MetricLabel, type Sample } from './metric.ts';
import type { RunState } from './run-state.ts';
import type { SiteRow } from './site-tally.ts';

const LABELS: readonly MetricLabel[] = ['site', 'model'];

/** Phones by where they are and what they are. Sites that have no room within `MOST_GROUPS` are one, `other`. */
export const SITE_METRICS: readonly CatalogueMetric[] = [
  gauge('site_phones', 'Phones by site and model.', {
    labels: LABELS,
    read: ofEach(({ phones }) => phones),
  }),
  gauge('site_phones_in_service', 'Phones in service by site and model.', {
    labels: LABELS,
    read: ofEach(({ inService }) => inService),
  }),
  counter('site_registrations_total', 'Registrations with a CallManager by site and model.', {
    labels: LABELS,
    read: ofEach(({ registrations }) => registrations),
  }),
  counter('site_failures_total', 'Tries that failed, and losses of service, by site and model.', {
    labels: LABELS,
    read: ofEach(({ failures }) => failures),
  }),
];

function ofEach(value: (row: SiteRow) => number): (state: RunState) => Sample<number>[] {
  return ({ sites }) =>
    sites.map((row) => ({ labels: { site: row.site, model: row.model }, value: value(row) }));
}
