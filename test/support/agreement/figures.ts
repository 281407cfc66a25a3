/** The figures of one run as each of its outputs has them, beside what was counted on the wire. */
import type { RunSummary } from '../../../src/report/summary-schema.ts';
import type { Stage } from '../../../src/phone/stages.ts';
import { STAGES } from '../../../src/phone/stages.ts';
import { tableRows, textOf } from './report-tables.ts';
import type { WireCounts } from './wire-counts.ts';
import type { WitnessedStorm } from './witnessed-storm.ts';

export interface Figure {
  readonly what: string;
  /** By who says so: wire, JSON, Prometheus, text, HTML, page, terminal. All are to be equal. */
  readonly counts: Readonly<Record<string, number>>;
}

type Sources = Pick<WitnessedStorm, 'html' | 'totals' | 'page'> & {
  readonly wire: WireCounts;
  readonly summary: RunSummary;
  /** All that the run has printed. */
  readonly stdout: string;
};

const SELECTORS = {
  asked: 'bootstorm_run_phones_asked',
  inService: 'bootstorm_phones{state="ready"}',
  registers: 'bootstorm_stage_attempts_total{stage="register"}',
  registrations: 'bootstorm_registrations_total{outcome="registered"}',
  delays: 'bootstorm_registration_request_delay_seconds_count',
  rejects: 'bootstorm_stage_failures_total{cause="sccp-rejected"}',
  keepAlives: 'bootstorm_keepalive_round_trip_seconds_count',
  connections: 'bootstorm_server_attempts_total{role="callManager"}',
  fileTries: 'bootstorm_server_attempts_total{role="tftp"}',
  files: 'bootstorm_tftp_transfers_total',
  received: 'bootstorm_tftp_transfers_total{outcome="received"}',
  notFound: 'bootstorm_tftp_transfers_total{outcome="not-found"}',
  tftpRepeats: 'bootstorm_retransmissions_total{protocol="tftp"}',
  dhcpRepeats: 'bootstorm_retransmissions_total{protocol="dhcp"}',
  datagrams: 'bootstorm_datagrams_total{direction="sent"}',
  leases: 'bootstorm_stage_attempts_total{stage="dhcp"}',
} as const;

/** What the figures need of Prometheus. */
export const FIGURE_SELECTORS: readonly string[] = Object.values(SELECTORS);

export function figuresOf(sources: Sources): Figure[] {
  return [...phoneFigures(sources), ...registrationFigures(sources), ...transferFigures(sources)];
}

/** A line for each figure on which not all agree; empty: they do. */
export function disagreements(figures: readonly Figure[]): string[] {
  return figures
    .filter(({ counts }) => new Set(Object.values(counts)).size !== 1)
    .map(({ what, counts }) => `${what}: ${sayings(counts)}`);
}

export function sayings(counts: Figure['counts']): string {
  return Object.entries(counts)
    .map(([source, count]) => `${source} ${count}`)
    .join(', ');
}

function phoneFigures({ wire, summary, totals, stdout, html, page }: Sources): Figure[] {
  const line = numbersIn(/^[\d:]+ \S+: ([\d,]+) of ([\d,]+) in service/gm, stdout).at(-1);
  const ledger = numbersIn(/([\d,]+) asked = [\d,]+ registered \(([\d,]+) ready\)/g, stdout).at(-1);
  const [inService = []] = numbersIn(/in service: ([\d,]+) of ([\d,]+)/g, tilesOf(page));
  const states = tableRows(html, 'Each of the ');
  const state = (name: string): number => countOf(states.find(([title]) => title === name)?.[2]);
  return [
    {
      what: 'phones asked for',
      counts: {
        JSON: summary.phones.asked,
        Prometheus: totalOf(totals, 'asked'),
        text: ledger?.[0] ?? Number.NaN,
        page: inService[1] ?? Number.NaN,
        terminal: line?.[1] ?? Number.NaN,
      },
    },
    {
      what: 'phones in service (DefineTimeDate)',
      counts: {
        wire: sccp(wire, 'TimeDateRes'),
        JSON: summary.phones.ready,
        Prometheus: totalOf(totals, 'inService'),
        text: ledger?.[1] ?? Number.NaN,
        HTML: state('in service'),
        page: inService[0] ?? Number.NaN,
        terminal: line?.[0] ?? Number.NaN,
      },
    },
  ];
}

function registrationFigures({ wire, summary, totals, stdout, html, page }: Sources): Figure[] {
  const delay = summary.registrationRequestDelay.count;
  const rejections = summary.failures.filter(({ cause }) => cause === 'sccp-rejected');
  const prose = textOf(html);
  return [
    {
      what: 'Register',
      counts: {
        wire: sccp(wire, 'RegisterReq'),
        JSON: summary.stages.register.attempts,
        Prometheus: totalOf(totals, 'registers'),
        text: stageInText(stdout, 'register').attempts,
        HTML: stageInHtml(html, 'register').attempts,
      },
    },
    {
      what: 'RegisterAck',
      counts: {
        wire: sccp(wire, 'RegisterAck'),
        JSON: delay,
        Prometheus: totalOf(totals, 'registrations'),
        'Prometheus, histogram': totalOf(totals, 'delays'),
        text: sumIn(/Register to RegisterAck, ([\d,]+) times/g, stdout),
        HTML: sumIn(/\(RRD\), from Register to RegisterAck, of ([\d,]+) registrations/g, prose),
      },
    },
    {
      what: 'RegisterReject',
      counts: {
        wire: sccp(wire, 'RegisterReject'),
        JSON: rejections.reduce((sum, { count }) => sum + count, 0),
        Prometheus: totalOf(totals, 'rejects'),
        text: sumIn(/^ *([\d,]+) x register: sccp-rejected/gm, stdout),
        HTML: sumIn(/([\d,]+) × sccp-rejected/g, prose),
        page: page.failures.items.find(({ cause }) => cause === 'sccp-rejected')?.count ?? 0,
        terminal:
          numbersIn(/in service.*failed attempts: .*sccp-rejected ([\d,]+)/g, stdout).at(-1)?.[0] ?? 0,
      },
    },
    {
      what: 'KeepAlive, each with its KeepAliveAck',
      counts: {
        wire: sccp(wire, 'KeepAliveReq'),
        'wire, answers': sccp(wire, 'KeepAliveAck'),
        JSON: summary.keepAliveRoundTrip.count,
        Prometheus: totalOf(totals, 'keepAlives'),
      },
    },
    {
      what: 'connections to CallManagers (SYN)',
      counts: {
        wire: wire.connections,
        Prometheus: totalOf(totals, 'connections'),
        ...serverAttempts('callManager', summary, stdout, html),
        page: pageAttempts(page, 'CallManager'),
      },
    },
  ];
}

function transferFigures({ wire, summary, totals, stdout, html, page }: Sources): Figure[] {
  const prose = textOf(html);
  const [dhcp, tftp] = numbersIn(/answer: DHCP ([\d,]+), TFTP ([\d,]+), DNS/g, stdout).at(-1) ?? [0, 0];
  const [dhcpHtml, tftpHtml] = numbersIn(/answer: DHCP ([\d,]+), TFTP ([\d,]+), DNS/g, prose).at(-1) ?? [
    0, 0,
  ];
  const leases = { JSON: summary.stages.dhcp.attempts, Prometheus: totalOf(totals, 'leases') };
  return [
    {
      what: 'files asked for by TFTP (RRQ)',
      counts: {
        wire: wire.files,
        Prometheus: totalOf(totals, 'files'),
        'Prometheus, servers': totalOf(totals, 'fileTries'),
        ...serverAttempts('tftp', summary, stdout, html),
        page: pageAttempts(page, 'TFTP'),
      },
    },
    {
      what: 'files that came (first DATA)',
      counts: { wire: wire.filesBegun, Prometheus: totalOf(totals, 'received') },
    },
    {
      what: 'files that were not there (ERROR)',
      counts: { wire: wire.fileErrors, Prometheus: totalOf(totals, 'notFound') },
    },
    {
      what: 'RRQ and ACK sent again',
      counts: {
        wire: wire.tftpRepeats,
        JSON: summary.retransmissions.tftp,
        Prometheus: totalOf(totals, 'tftpRepeats'),
        text: tftp ?? Number.NaN,
        HTML: tftpHtml ?? Number.NaN,
      },
    },
    {
      what: 'leases (DISCOVER, OFFER, REQUEST, ACK)',
      counts: {
        'wire DISCOVER': wire.leasesAskedFor,
        'wire OFFER': wire.leasesOffered,
        'wire REQUEST': wire.leasesRequested,
        'wire ACK': wire.leasesGranted,
        ...leases,
        text: stageInText(stdout, 'dhcp').attempts,
        HTML: stageInHtml(html, 'dhcp').attempts,
        ...prefixed('server ', serverAttempts('dhcp', summary, stdout, html)),
        page: pageAttempts(page, 'DHCP'),
      },
    },
    {
      what: 'datagrams sent (DHCP, TFTP, DNS)',
      counts: { wire: wire.datagramsSent, Prometheus: totalOf(totals, 'datagrams') },
    },
    {
      what: 'DISCOVER and REQUEST sent again',
      counts: {
        wire: wire.dhcpRepeats,
        JSON: summary.retransmissions.dhcp,
        Prometheus: totalOf(totals, 'dhcpRepeats'),
        text: dhcp ?? Number.NaN,
        HTML: dhcpHtml ?? Number.NaN,
      },
    },
  ];
}

function sccp({ sccp: counts }: WireCounts, name: string): number {
  return counts.get(name) ?? 0;
}

function totalOf(totals: Sources['totals'], name: keyof typeof SELECTORS): number {
  return totals.get(SELECTORS[name]) ?? Number.NaN;
}

function serverAttempts(
  role: RunSummary['servers'][number]['role'],
  { servers }: RunSummary,
  stdout: string,
  html: string,
): Record<string, number> {
  const inHtml = tableRows(html, 'What each server was asked').filter(
    ([, title]) => title?.toLowerCase() === role.toLowerCase(),
  );
  return {
    JSON: servers.filter((one) => one.role === role).reduce((sum, { attempts }) => sum + attempts, 0),
    text: sumIn(new RegExp(`^  ${role} +[\\d.]+:\\d+ +([\\d,]+)`, 'gm'), stdout),
    HTML: inHtml.reduce((sum, cells) => sum + countOf(cells[2]), 0),
  };
}

function tilesOf({ tiles }: Sources['page']): string {
  return tiles.map(([name, value]) => `${name}: ${value}`).join('\n');
}

/** Of its table of servers: the second column is the role, the third the attempts. */
function pageAttempts({ servers }: Sources['page'], role: string): number {
  return servers.rows
    .filter(([, title]) => title === role)
    .reduce((sum, [, , attempts]) => sum + (typeof attempts === 'string' ? countOf(attempts) : 0), 0);
}

function stageInText(stdout: string, stage: Stage): { readonly attempts: number } {
  const title = STAGES[stage].title.replaceAll(/[()]/g, String.raw`\$&`);
  const [row] = numbersIn(new RegExp(`^ +\\d +${title} +([\\d,]+) +([\\d,]+) `, 'gm'), stdout);
  return { attempts: row?.[1] ?? Number.NaN };
}

function stageInHtml(html: string, stage: Stage): { readonly attempts: number } {
  const rows = tableRows(html, 'From the first try of the stage');
  return { attempts: countOf(rows.find(([title]) => title === STAGES[stage].title)?.[3]) };
}

function prefixed(prefix: string, counts: Figure['counts']): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).map(([source, count]) => [`${prefix}${source}`, count]));
}

/** The numbers of each match, `1,234` as 1234. */
function numbersIn(pattern: RegExp, text: string): number[][] {
  return [...text.matchAll(pattern)].map(([, ...groups]) => groups.map(countOf));
}

function sumIn(pattern: RegExp, text: string): number {
  return numbersIn(pattern, text).reduce((sum, [first = 0]) => sum + first, 0);
}

function countOf(text: string | undefined): number {
  return Number(text?.replaceAll(',', '') ?? Number.NaN);
}
