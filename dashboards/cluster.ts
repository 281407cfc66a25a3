/** *Cluster*: what phones saw of each server. Figures of the servers themselves (RIS, PerfMon) get sections of their own. */
import {
  dashboard,
  type DashboardModel,
  datasourceVariable,
  labelVariable,
  runVariable,
  type Section,
} from './board.ts';
import { ALL_FACTS, CLUSTER_FACTS } from './facts.ts';
import { type Column, lines, type PlacedPanel, type Size, table } from './panels.ts';
import {
  atLast,
  gained,
  gainedPerSecond,
  of,
  quantile,
  partOf,
  recentMean,
  recentQuantile,
  sum,
} from './promql.ts';

export function clusterDashboard(): DashboardModel {
  return dashboard(
    CLUSTER_FACTS,
    ALL_FACTS,
    [
      datasourceVariable(),
      runVariable(),
      labelVariable('server', 'server_attempts_total', 'Servers that phones asked, as address:port'),
    ],
    [callManagers(), fileServers(), otherServers()],
  );
}

/** Servers of some roles, as one section has them. */
interface Group {
  /** Matcher of the label `role`. */
  readonly where: string;
  /** As the titles of panels name them. */
  readonly name: string;
  /** What they are asked for. */
  readonly asked: string;
}

const CALL_MANAGERS: Group = { where: 'role="callManager"', name: 'CallManager', asked: 'connections' };
const FILE_SERVERS: Group = { where: 'role=~"tftp|http"', name: 'File server', asked: 'files' };
const OTHERS: Group = {
  where: 'role=~"dhcp|dns|capf|tvs"',
  name: 'DHCP, DNS, CAPF, TVS',
  asked: 'leases, names, certificates, answers',
};

const THIRD: Size = { width: 8, height: 8 };
const SERVER: Column = { field: 'server', title: 'Server' };

function callManagers(): Section {
  return {
    title: 'CallManagers',
    panels: [
      registered(),
      callManagerTable(),
      attemptsOf(CALL_MANAGERS),
      refusalsOf(CALL_MANAGERS),
      responseOf(CALL_MANAGERS),
      lostByCause(),
      tokens(),
      failuresOf(CALL_MANAGERS),
    ],
  };
}

function registered(): PlacedPanel {
  const { where } = CALL_MANAGERS;
  return lines({
    title: 'Registered phones',
    description:
      'Phones registered with each CallManager, and connections that stand by there. One that falls while another climbs is a failover; back again is the fallback.',
    size: { width: 12, height: 10 },
    queries: [
      { expr: sum(of('server_registered_phones', where), 'server'), legend: '{{server}}' },
      { expr: sum(of('server_standby_connections', where), 'server'), legend: '{{server}} standby' },
    ],
    unit: 'none',
    legend: 'table',
  });
}

function callManagerTable(): PlacedPanel {
  const { where } = CALL_MANAGERS;
  const total = (name: string): { expr: string } => ({ expr: atLast(sum(of(name, where), 'server')) });
  return table({
    title: 'CallManagers of the run so far',
    description:
      'Tries to connect that ended, those refused and those reset or closed by the CallManager, phones registered, connections that stand by, and the 99th percentile from SYN to RegisterAck.',
    size: { width: 12, height: 10 },
    queries: [
      total('server_attempts_total'),
      total('server_refused_total'),
      total('server_resets_total'),
      total('server_registered_phones'),
      total('server_standby_connections'),
      { expr: atLast(quantile(0.99, 'server_response_seconds', ['server'], where)) },
    ],
    unit: 'none',
    columns: [
      SERVER,
      { field: 'Value #A', title: 'Tries', width: 80 },
      { field: 'Value #B', title: 'Refused', width: 80 },
      { field: 'Value #C', title: 'Reset', width: 80 },
      { field: 'Value #D', title: 'Registered', width: 95 },
      { field: 'Value #E', title: 'Standby', width: 80 },
      { field: 'Value #F', title: 'p99', unit: 's', width: 80 },
    ],
    sortedBy: 'Tries',
  });
}

function lostByCause(): PlacedPanel {
  return lines({
    title: 'Registrations lost',
    description:
      'Registrations that phones had with a CallManager and lost, by cause, in the time that a bar stands for.',
    size: THIRD,
    queries: [
      {
        expr: `${sum(gained(of('server_lost_total', CALL_MANAGERS.where)), 'server', 'cause')} > 0`,
        legend: '{{server}} {{cause}}',
      },
    ],
    unit: 'none',
    kind: 'bars',
    noValue: 'none',
  });
}

function tokens(): PlacedPanel {
  return lines({
    title: 'Tokens',
    description:
      'Requests for a token per second. rejected: the CallManager puts phones off, which is how it spreads a fallback; unanswered: it does not even say so.',
    size: THIRD,
    queries: [
      {
        expr: gainedPerSecond(of('server_tokens_total', CALL_MANAGERS.where), 'server', 'outcome'),
        legend: '{{server}} {{outcome}}',
      },
    ],
    unit: 'suffix: /s',
  });
}

function fileServers(): Section {
  return {
    title: 'TFTP and HTTP servers',
    panels: [
      attemptsOf(FILE_SERVERS),
      responseOf(FILE_SERVERS),
      failuresOf(FILE_SERVERS),
      refusalsOf(FILE_SERVERS),
      meanOf(FILE_SERVERS),
      tableOf(FILE_SERVERS),
    ],
  };
}

function otherServers(): Section {
  return {
    title: 'DHCP, DNS, CAPF and TVS servers',
    panels: [attemptsOf(OTHERS), responseOf(OTHERS), tableOf(OTHERS)],
  };
}

function attemptsOf({ where, name, asked }: Group): PlacedPanel {
  return lines({
    title: `${name}: tries`,
    description: `Tries that ended (${asked}), per second and server. Unequal lines are phones that are not spread over the servers.`,
    size: THIRD,
    queries: [
      {
        expr: gainedPerSecond(of('server_attempts_total', where), 'role', 'server'),
        legend: '{{role}} {{server}}',
      },
    ],
    unit: 'suffix: /s',
  });
}

function refusalsOf({ where, name }: Group): PlacedPanel {
  return lines({
    title: `${name}: refused and reset`,
    description:
      'Tries that the server refused, and connections that it reset or closed, per second. Refusals are a limit that says so; resets are one that does not.',
    size: THIRD,
    queries: [
      { expr: gainedPerSecond(of('server_refused_total', where), 'server'), legend: '{{server}} refused' },
      { expr: gainedPerSecond(of('server_resets_total', where), 'server'), legend: '{{server}} reset' },
    ],
    unit: 'suffix: /s',
  });
}

function responseOf({ where, name, asked }: Group): PlacedPanel {
  return lines({
    title: `${name}: response time, p99`,
    description: `99th percentile of tries of the last moments that ended well (${asked}), by server, to the width of a bucket.`,
    size: THIRD,
    queries: [
      {
        expr: recentQuantile(0.99, 'server_response_seconds', ['role', 'server'], where),
        legend: '{{role}} {{server}}',
      },
    ],
    unit: 's',
  });
}

function meanOf({ where, name }: Group): PlacedPanel {
  return lines({
    title: `${name}: response time, mean`,
    description:
      'Mean of the tries of the last moments that ended well, by server: exact, where percentiles have the width of a bucket.',
    size: THIRD,
    queries: [
      {
        expr: recentMean('server_response_seconds', ['role', 'server'], where),
        legend: '{{role}} {{server}}',
      },
    ],
    unit: 's',
  });
}

function failuresOf({ where, name }: Group): PlacedPanel {
  return lines({
    title: `${name}: failures by cause`,
    description:
      'Tries that failed and losses of service, in the time that a bar stands for. What each cause means is in the table of the dashboard Storm.',
    size: THIRD,
    queries: [
      {
        expr: `${sum(gained(of('server_failures_total', where)), 'server', 'cause')} > 0`,
        legend: '{{server}} {{cause}}',
      },
    ],
    unit: 'none',
    kind: 'bars',
    noValue: 'none',
  });
}

function tableOf({ where, name }: Group): PlacedPanel {
  const answered = sum(partOf('server_response_seconds', 'count', where), 'role', 'server');
  const total = (series: string): { expr: string } => ({
    expr: atLast(sum(of(series, where), 'role', 'server')),
  });
  return table({
    title: `${name}: the run so far`,
    description:
      'Tries that ended, those that ended well, those refused, and the 99th percentile of the response time.',
    size: THIRD,
    queries: [
      total('server_attempts_total'),
      { expr: atLast(answered) },
      total('server_refused_total'),
      { expr: atLast(quantile(0.99, 'server_response_seconds', ['role', 'server'], where)) },
    ],
    unit: 'none',
    columns: [
      { field: 'role', title: 'Role', width: 70 },
      SERVER,
      { field: 'Value #A', title: 'Tries', width: 70 },
      { field: 'Value #B', title: 'Well', width: 70 },
      { field: 'Value #C', title: 'Refused', width: 75 },
      { field: 'Value #D', title: 'p99', unit: 's', width: 75 },
    ],
    sortedBy: 'Tries',
  });
}
