import { formatPool } from '../scenario/address-pool.ts';
import type { LabFault } from '../scenario/lab-faults.ts';
import type { LabSettings } from '../scenario/lab-settings.ts';
import type { LabEndpoints } from '../scenario/plan.ts';

/** What the lab is and is not, one line each: stands above every report of a lab run. */
export function labLimits(settings: LabSettings): string[] {
  const { limits, serviceTimes, callManagers } = settings;
  const slow = Object.entries(serviceTimes).filter(([, ms]) => ms > 0);
  return [
    'a stand-in of this program on loopback: its times say nothing about a CUCM cluster',
    `${callManagers} CallManager process${callManagers > 1 ? 'es' : ''}, SCCP version ${settings.protocolVersion}, plain TCP, auto-registration ${settings.autoRegistration ? 'on' : 'off'}`,
    `TFTP: ${limits.tftpConcurrency} transfers at a time, more are dropped; no trust lists`,
    `registrations a second: ${limits.registrationsPerSecond ?? 'no limit'}; phones on a CallManager: ${limits.registeredPhones ?? 'no limit'}; DHCP answers a second: ${limits.dhcpPerSecond ?? 'no limit'}`,
    `service times: ${slow.length === 0 ? 'none added' : slow.map(([name, ms]) => `${name} ${ms}`).join(', ')}`,
    ...settings.faults.map(faultLine),
  ];
}

function faultLine({ on, kind, probability, match, fromSeconds, toSeconds }: LabFault): string {
  const where = match === undefined ? '' : ` with "${match}"`;
  const from = fromSeconds === 0 && toSeconds === undefined ? '' : `, from ${fromSeconds} s`;
  const to = toSeconds === undefined ? '' : ` to ${toSeconds} s`;
  return `fault: ${on} ${kind}, ${probability * 100} % of requests${where}${from}${to}`;
}

/** Where the lab is, for somebody who wants to point a phone at it. */
export function describeLab(endpoints: LabEndpoints, settings: LabSettings): string {
  const { dhcp, dhcpReplyPort, dns, tftp, callManagers } = endpoints;
  const list = (servers: LabEndpoints['tftp']): string =>
    servers.map(({ host, port }) => `${host}:${port}`).join(', ');
  return [
    'embedded lab, not CUCM',
    ...labLimits(settings).map((line) => `  ${line}`),
    '',
    `DHCP          ${dhcp.host}:${dhcp.port}, answers to giaddr:${dhcpReplyPort}, leases ${formatPool(settings.leasePool)}`,
    `DNS           ${dns.host}:${dns.port}`,
    `TFTP          ${list(tftp)}`,
    `CallManagers  ${list(callManagers)}`,
    '',
    `try: bootstorm phone SEP020000000000 --tftp ${list(tftp)} --dns ${list([dns])}`,
  ].join('\n');
}
