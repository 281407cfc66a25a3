/** What failed and why; losses of service; secure phones; sites and models. */
import type { Section } from './board.ts';
import { CAUSE_HINTS, CAUSE_TEXTS, STAGE_TITLES } from './mappings.ts';
import { BAD, GOOD, NEUTRAL, PERCENTILE_COLOURS, QUIET, WARNING } from './palette.ts';
import { lines, type PlacedPanel, table } from './panels.ts';
import { atLast, gained, of, rate, recentQuantile, sum } from './promql.ts';

export function stormFailures(): Section {
  return {
    title: 'What failed, and why?',
    panels: [failuresOverTime(), failureTable(), lostService(), movements(), tokens()],
  };
}

function failuresOverTime(): PlacedPanel {
  return lines({
    title: 'Failures by cause',
    description: 'Tries of stages that failed and losses of service, in the time that a bar stands for.',
    size: { width: 10, height: 10 },
    queries: [{ expr: `${sum(gained(of('stage_failures_total')), 'cause')} > 0`, legend: '{{cause}}' }],
    unit: 'none',
    kind: 'bars',
    noValue: 'nothing failed',
  });
}

function failureTable(): PlacedPanel {
  const failures = `${sum(of('stage_failures_total'), 'stage', 'cause')} > 0`;
  return table({
    title: 'Failures of the run so far',
    description:
      'By stage and cause, with what to do. A phone that failed and came through later is counted here too.',
    size: { width: 14, height: 10 },
    // The cause once more under another name: one column says what happened, the other what to do.
    queries: [{ expr: atLast(`label_replace(${failures}, "hint", "$1", "cause", "(.*)")`) }],
    unit: 'none',
    columns: [
      { field: 'stage', title: 'Stage', width: 220, mappings: STAGE_TITLES },
      { field: 'cause', title: 'What happened', mappings: CAUSE_TEXTS },
      { field: 'Value #A', title: 'Times', width: 80 },
      { field: 'hint', title: 'What to do', mappings: CAUSE_HINTS },
    ],
    sortedBy: 'Times',
    noValue: 'nothing failed',
  });
}

function lostService(): PlacedPanel {
  return lines({
    title: 'Registrations lost',
    description: 'Registrations that phones had and lost, by cause, in the time that a bar stands for.',
    size: { width: 8, height: 8 },
    queries: [{ expr: `${sum(gained(of('service_lost_total')), 'cause')} > 0`, legend: '{{cause}}' }],
    unit: 'none',
    kind: 'bars',
    noValue: 'none was lost',
  });
}

function movements(): PlacedPanel {
  return lines({
    title: 'Failover, fallback, restarts',
    description:
      'Per second. failover: to another CallManager of the group after a loss; fallback: back to one of higher priority; restarts: boots that began again.',
    size: { width: 8, height: 8 },
    queries: [
      { expr: sum(rate(of('failovers_total'))), legend: 'failover' },
      { expr: sum(rate(of('fallbacks_total'))), legend: 'fallback' },
      { expr: sum(rate(of('restarts_total'))), legend: 'restarts' },
    ],
    unit: 'suffix: /s',
    colours: { failover: WARNING, fallback: GOOD, restarts: BAD },
  });
}

function tokens(): PlacedPanel {
  return lines({
    title: 'Tokens and standby',
    description:
      'Requests for a token (RegisterTokenReq) per second by outcome: refused ones are phones that a CallManager puts off. Standby, on the right: connections beside a registration.',
    size: { width: 8, height: 8 },
    queries: [
      { expr: sum(rate(of('tokens_total')), 'outcome'), legend: 'token {{outcome}}' },
      { expr: sum(of('standby_connections')), legend: 'standby connections' },
    ],
    unit: 'suffix: /s',
    onTheRight: 'standby connections',
    colours: { 'standby connections': QUIET },
  });
}

export function stormSecurity(): Section {
  return {
    title: 'Secure phones',
    panels: [inServiceBySecurity(), handshakes(), handshakeLatency(), trust()],
  };
}

function inServiceBySecurity(): PlacedPanel {
  return lines({
    title: 'In service by protection',
    description:
      'Phones in service by how their registration is protected: in clear, authenticated, encrypted.',
    size: { width: 6, height: 8 },
    queries: [{ expr: sum(of('phones_in_service'), 'security'), legend: '{{security}}' }],
    unit: 'none',
    kind: 'stacked',
    colours: { none: QUIET, authenticated: NEUTRAL, encrypted: GOOD },
  });
}

function handshakes(): PlacedPanel {
  return lines({
    title: 'TLS handshakes',
    description:
      'With CallManagers, per second: full ones cost a signature of both sides, resumed ones do not.',
    size: { width: 6, height: 8 },
    queries: [{ expr: sum(rate(of('tls_handshakes_total')), 'outcome'), legend: '{{outcome}}' }],
    unit: 'suffix: /s',
    colours: { full: NEUTRAL, resumed: GOOD },
  });
}

function handshakeLatency(): PlacedPanel {
  const q = (value: number): { expr: string; legend: string } => ({
    expr: recentQuantile(value, 'tls_handshake_seconds'),
    legend: `p${value * 100}`,
  });
  return lines({
    title: 'TLS handshake latency',
    description:
      'Of the handshakes of the last moments. A CallManager whose processor is busy answers them late.',
    size: { width: 6, height: 8 },
    queries: [q(0.5), q(0.95), q(0.99)],
    unit: 's',
    noValue: 'no handshake lately',
    colours: PERCENTILE_COLOURS,
  });
}

function trust(): PlacedPanel {
  return lines({
    title: 'Trust lists, TVS, enrolment',
    description:
      'In the time that a bar stands for: trust lists by what phones made of them, answers about certificates from TVS, CAPF sessions that ended well.',
    size: { width: 6, height: 8 },
    queries: [
      { expr: sum(gained(of('trust_lists_total')), 'list', 'verdict'), legend: '{{list}} {{verdict}}' },
      { expr: sum(gained(of('tvs_answers_total')), 'outcome'), legend: 'TVS {{outcome}}' },
      { expr: sum(gained(of('enrolments_total')), 'operation'), legend: 'CAPF {{operation}}' },
    ],
    unit: 'none',
    kind: 'bars',
    noValue: 'no secure phone',
  });
}

export function stormSites(): Section {
  const share = (label: string): string =>
    `${sum(of('site_phones_in_service'), label)} / ${sum(of('site_phones'), label)}`;
  return {
    title: 'Sites and models',
    panels: [
      lines({
        title: 'In service by site',
        description:
          'Share of the phones of each site in service. A site that stays behind has its own bottleneck: its link, relay or DHCP scope.',
        size: { width: 8, height: 9 },
        queries: [{ expr: share('site'), legend: 'site {{site}}' }],
        unit: 'percentunit',
        max: 1,
      }),
      lines({
        title: 'In service by model',
        description:
          'Share of the phones of each model in service. Models differ in how long they take to start.',
        size: { width: 8, height: 9 },
        queries: [{ expr: share('model'), legend: '{{model}}' }],
        unit: 'percentunit',
        max: 1,
      }),
      table({
        title: 'Sites of the run so far',
        description:
          'Planned phones, those in service, registrations and failed tries of each site and model.',
        size: { width: 8, height: 9 },
        queries: [
          'site_phones',
          'site_phones_in_service',
          'site_registrations_total',
          'site_failures_total',
        ].map((name) => ({ expr: atLast(sum(of(name), 'site', 'model')) })),
        unit: 'none',
        columns: [
          { field: 'site', title: 'Site' },
          { field: 'model', title: 'Model', width: 90 },
          { field: 'Value #A', title: 'Planned', width: 80 },
          { field: 'Value #B', title: 'In service', width: 90 },
          { field: 'Value #C', title: 'Registered', width: 90 },
          { field: 'Value #D', title: 'Failures', width: 80 },
        ],
        sortedBy: 'Failures',
      }),
    ],
  };
}
