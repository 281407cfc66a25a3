import { formatPool } from '../scenario/address-pool.ts';
import { onDemand } from '../scenario/describe-lab.ts';
import type { LabSettings } from '../scenario/lab-settings.ts';
import type { LabEndpoints } from '../scenario/plan.ts';

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
    ...onDemand(settings),
  ];
}

/** Reports name servers by address, and what was done to them by number: which is which. */
export function callManagerPlaces({ callManagers, srst }: LabEndpoints): string {
  const places = callManagers.map(({ host, port }, i) => `${i + 1} is ${host}:${port}`).join(', ');
  return `CallManager ${places}${srst === null ? '' : `; the SRST router is ${srst.host}:${srst.port}`}`;
}

/** Where the lab is, for somebody who wants to point a phone at it. */
export function describeLab(endpoints: LabEndpoints, settings: LabSettings): string {
  const { dhcp, dhcpReplyPort, dns, tftp, http, callManagers, srst } = endpoints;
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
    ...(srst === null ? [] : [`SRST router   ${list([srst])}`]),
    '',
    `try: bootstorm phone SEP020000000000 --tftp ${list(tftp)} --dns ${list([dns])}`,
  ].join('\n');
}
