import { formatPool } from '../scenario/address-pool.ts';
import { formatDuration } from '../scenario/duration.ts';
import type { LabEvent } from '../scenario/lab-events.ts';
import type { LabFault } from '../scenario/lab-faults.ts';
import type { LabSettings } from '../scenario/lab-settings.ts';
import type { LabEndpoints } from '../scenario/plan.ts';
import { describeEvent } from './lab-conductor.ts';

/** What the lab is and is not, one line each: stands above every report of a lab run. */
export function labLimits(settings: LabSettings): string[] {
  const { limits, serviceTimes, callManagers, tokens } = settings;
  const slow = Object.entries(serviceTimes).filter(([, ms]) => ms > 0);
  return [
    'a stand-in of this program on loopback: its times say nothing about a CUCM cluster',
    `${callManagers} CallManager process${callManagers > 1 ? 'es' : ''}, SCCP version ${settings.protocolVersion}, plain TCP, auto-registration ${settings.autoRegistration ? 'on' : 'off'}${settings.srst ? ', an SRST router' : ''}`,
    `TFTP: ${limits.tftpConcurrency} transfers at a time and ${limits.tftpPerSecond ?? 'any number of'} requests a second, more: ${limits.tftpOverload}; no trust lists`,
    `HTTP: ${limits.httpConcurrency} files at a time, more: 503`,
    `registrations a second: ${limits.registrationsPerSecond ?? 'no limit'}; phones on a CallManager: ${limits.registeredPhones ?? 'no limit'}; DHCP answers a second: ${limits.dhcpPerSecond ?? 'no limit'}`,
    `tokens: ${tokens.depth} in the queue, ${tokens.serviceMs} ms each, others ask again after ${tokens.waitSeconds} s`,
    `service times: ${slow.length === 0 ? 'none added' : slow.map(([name, ms]) => `${name} ${ms}`).join(', ')}`,
    ...settings.faults.map(faultLine),
    ...settings.events.map(eventLine),
  ];
}

/** What times are counted from, for people. */
const ORIGIN_NAMES = { lab: '', start: ' of the run', hold: ' of the hold' } as const;

function faultLine(fault: LabFault): string {
  const { on, kind, probability, match, node, from: origin, fromSeconds, toSeconds } = fault;
  const who = node === undefined ? '' : ` on node ${node}`;
  const where = match === undefined ? '' : ` with "${match}"`;
  const always = origin === 'lab' && fromSeconds === 0 && toSeconds === undefined;
  const from = always ? '' : `, from ${fromSeconds} s`;
  const to = toSeconds === undefined ? '' : ` to ${toSeconds} s`;
  return `fault: ${on} ${kind}${who}, ${probability * 100} % of requests${where}${from}${to}${ORIGIN_NAMES[origin]}`;
}

function eventLine(event: LabEvent): string {
  return `event: ${describeEvent(event)}, at ${formatDuration(event.at)}${ORIGIN_NAMES[event.from]}`;
}

/** Where the lab is, for somebody who wants to point a phone at it. */
export function describeLab(endpoints: LabEndpoints, settings: LabSettings): string {
  const { dhcp, dhcpReplyPort, dns, tftp, http, callManagers } = endpoints;
  const list = (servers: LabEndpoints['tftp']): string =>
    servers.map(({ host, port }) => `${host}:${port}`).join(', ');
  return [
    'embedded lab, not CUCM',
    ...labLimits(settings).map((line) => `  ${line}`),
    '',
    `DHCP          ${dhcp.host}:${dhcp.port}, answers to giaddr:${dhcpReplyPort}, leases ${formatPool(settings.leasePool)}`,
    `DNS           ${dns.host}:${dns.port}`,
    `TFTP          ${list(tftp)}`,
    `HTTP          ${list([http])}, the same files`,
    `CallManagers  ${list(callManagers)}`,
    '',
    `try: bootstorm phone SEP020000000000 --tftp ${list(tftp)} --dns ${list([dns])}`,
  ].join('\n');
}
