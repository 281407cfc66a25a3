import { SECURITY_LEVELS, TRUST_VERDICTS } from '../phone/boot-event.ts';
import type { Histogram } from './histogram.ts';
import { type CatalogueMetric, counter, gauge, histogram, type LabelValues, type Sample } from './metric.ts';
import { CAPF_OPERATIONS, HANDSHAKE_OUTCOMES, TRUST_LISTS, TVS_OUTCOMES } from './security-tally.ts';

/**
 * What secure phones did. Of the histograms only those of a connection have the label `security`: everything before
 * it is the same for all phones. A level or outcome that did not occur has no series, so that a run in clear has as
 * many as it would have without the label.
 */
export const SECURITY_METRICS: readonly CatalogueMetric[] = [
  histogram(
    'registration_seconds',
    'Time to RegisterAck, from the SYN of the try, or from Register on a connection that stood by.',
    {
      labels: ['security'],
      read: ({ security }) =>
        SECURITY_LEVELS.filter((level) => level === 'none' || security.registration[level].count > 0).map(
          (level) => ({ labels: { security: level }, value: security.registration[level] }),
        ),
    },
  ),
  gauge('phones_in_service', 'Phones in service by how their registration is protected.', {
    labels: ['security'],
    read: ({ security }) =>
      SECURITY_LEVELS.map((level) => ({ labels: { security: level }, value: security.inService[level] })),
  }),
  histogram('tls_handshake_seconds', 'Duration of TLS handshakes with CallManagers that were completed.', {
    labels: ['outcome'],
    read: ({ security }) =>
      HANDSHAKE_OUTCOMES.map(
        (outcome): Sample<Histogram> => ({ labels: { outcome }, value: security.handshakes[outcome] }),
      ).filter(({ value }) => value.count > 0),
  }),
  counter(
    'tls_handshakes_total',
    'TLS handshakes with CallManagers: full, or of a session that was resumed.',
    {
      labels: ['outcome'],
      read: ({ security }) =>
        HANDSHAKE_OUTCOMES.map((outcome) => ({
          labels: { outcome },
          value: security.handshakes[outcome].count,
        })),
    },
  ),
  counter('trust_lists_total', 'Trust lists that phones downloaded, by what they made of them.', {
    labels: ['list', 'verdict'],
    read: ({ security }) =>
      occurring(
        TRUST_LISTS.flatMap((list) =>
          TRUST_VERDICTS.map((verdict) => ({
            labels: { list, verdict },
            value: security.trustLists[list][verdict],
          })),
        ),
      ),
  }),
  counter('tvs_answers_total', 'Questions about certificates by what TVS answered, or had answered before.', {
    labels: ['outcome'],
    read: ({ security }) =>
      occurring(TVS_OUTCOMES.map((outcome) => ({ labels: { outcome }, value: security.tvs[outcome] }))),
  }),
  counter('enrolments_total', 'CAPF sessions that ended well, by operation.', {
    labels: ['operation'],
    read: ({ security }) =>
      occurring(
        CAPF_OPERATIONS.map((operation) => ({
          labels: { operation },
          value: security.enrolments[operation],
        })),
      ),
  }),
];

function occurring(samples: readonly { labels: LabelValues; value: number }[]): Sample<number>[] {
  return samples.filter(({ value }) => value > 0);
}
