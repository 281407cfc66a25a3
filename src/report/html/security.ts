import { FAILURE_CAUSES } from '../../phone/failure-causes.ts';
import { SECURITY_LEVELS } from '../../phone/boot-event.ts';
import { formatBytes, formatCount, formatSeconds, formatShare } from '../figures.ts';
import { triedSecurity } from '../sections/security.ts';
import type { RunSummary } from '../summary-schema.ts';
import { left, right } from '../table.ts';
import { bulletList, dataTable, factList } from './elements.ts';
import { html, type Markup, NOTHING } from './markup.ts';

/** What phones did about security; nothing where no phone was secured, or tried to be. */
export function securityBody(summary: RunSummary): Markup {
  if (!triedSecurity(summary)) return NOTHING;
  const { security } = summary;
  return html`${factList([
    ...SECURITY_LEVELS.map(
      (level) => [`in service, ${level}`, formatCount(security.inService[level])] as const,
    ),
    ...costFacts(summary),
  ])}${handshakeTable(security)}${suiteTable(summary)}${trustTable(security)}${bulletList(
    security.trustListRefusals.map(({ cause, count }) => {
      const { text, hint, look } = FAILURE_CAUSES[cause];
      return `${formatCount(count)} × trust list refused: ${cause}: ${text}. Do: ${hint}. Look: ${look}`;
    }),
  )}`;
}

function costFacts({ security, generator }: RunSummary): (readonly [string, string])[] {
  const { handshakeCpu: cpu, contextsBuilt, contextsEvicted } = security;
  return [
    ...(cpu === null
      ? []
      : [
          [
            'CPU of handshakes (their number times the cost of one)',
            `${formatSeconds(cpu.seconds)}, ${formatShare(cpu.share, 1)} of the generator’s`,
          ] as const,
          [
            'one handshake, measured on this machine by itself',
            `${formatSeconds(cpu.fullMilliseconds / 1000)} full, ${formatSeconds(cpu.resumedMilliseconds / 1000)} resumed`,
          ] as const,
        ]),
    ['memory grown by, per registered phone', formatBytes(generator.grownBytesPerRegisteredPhone)],
    ['TLS contexts', `${formatCount(contextsBuilt)} built, ${formatCount(contextsEvicted)} made room`],
  ];
}

function handshakeTable({ handshakes }: RunSummary['security']): Markup {
  const row = (name: string, times: RunSummary['security']['handshakes']['full']): string[] => [
    name,
    formatCount(times.count),
    ...[times.p50Seconds, times.p95Seconds, times.p99Seconds, times.maxSeconds].map(formatSeconds),
  ];
  return dataTable(
    'TLS handshakes with CallManagers that were completed, for registration and standby',
    [left('handshake'), ...['completed', 'p50', 'p95', 'p99', 'max'].map(right)],
    [row('full', handshakes.full), row('resumed', handshakes.resumed)],
  );
}

function suiteTable({ servers }: RunSummary): Markup {
  const rows = servers.flatMap(({ address, tls }) =>
    tls.suites.map(({ version, suite, count }) => [address, version, suite, formatCount(count)]),
  );
  if (rows.length === 0) return NOTHING;
  return dataTable(
    'What CallManagers and phones agreed on',
    [left('CallManager'), left('version'), left('suite'), right('handshakes')],
    rows,
  );
}

/** Trust lists, TVS and CAPF: a line for each outcome that occurred. */
function trustTable({ trustLists, tvs, enrolments }: RunSummary['security']): Markup {
  const rows = (
    [
      ['CTL files', trustLists.CTL],
      ['ITL files', trustLists.ITL],
      ['TVS', tvs],
      ['CAPF', enrolments],
    ] as const
  ).flatMap(([name, counts]) =>
    Object.entries(counts)
      .filter(([, count]) => count > 0)
      .map(([outcome, count]) => [name, outcome, formatCount(count)]),
  );
  if (rows.length === 0) return NOTHING;
  return dataTable('Trust and enrolment', [left('of'), left('outcome'), right('count')], rows);
}
