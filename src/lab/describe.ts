import { formatPool } from '../scenario/address-pool.ts';
import { onDemand } from '../scenario/describe-lab.ts';
import type { LabSecurity } from '../scenario/lab-security.ts';
import { hasCertificates, signsFiles } from '../scenario/lab-rules.ts';
import type { LabSettings } from '../scenario/lab-settings.ts';
import type { LabEndpoints, SecureEndpoints } from '../scenario/plan.ts';

/** What the lab is and is not, one line each: stands above every report of a lab run. */
export function labLimits(settings: LabSettings): string[] {
  const { limits, serviceTimes, callManagers, tokens } = settings;
  const slow = Object.entries(serviceTimes).filter(([, ms]) => ms > 0);
  return [
    'a stand-in of this program on loopback: its times say nothing about a CUCM cluster',
    `${callManagers} CallManager process${callManagers > 1 ? 'es' : ''}, SCCP version ${settings.protocolVersion}, ${settings.security.mode === 'mixed' ? 'TCP and TLS' : 'plain TCP'}, auto-registration ${settings.autoRegistration ? 'on' : 'off'}${settings.srst ? ', an SRST router' : ''}`,
    `TFTP: ${limits.tftpConcurrency} transfers at a time and ${limits.tftpPerSecond ?? 'any number of'} requests a second, more: ${limits.tftpOverload}; ${trustText(settings.security)}`,
    ...securityLines(settings.security),
    `HTTP: ${limits.httpConcurrency} files at a time, more: 503`,
    `registrations a second: ${limits.registrationsPerSecond ?? 'no limit'}; phones on a CallManager: ${limits.registeredPhones ?? 'no limit'}; DHCP answers a second: ${limits.dhcpPerSecond ?? 'no limit'}`,
    `tokens: ${tokens.depth} in the queue, ${tokens.serviceMs} ms each, others ask again after ${tokens.waitSeconds} s`,
    `service times: ${slow.length === 0 ? 'none added' : slow.map(([name, ms]) => `${name} ${ms}`).join(', ')}`,
    ...onDemand(settings),
  ];
}

function trustText(security: LabSecurity): string {
  if (!signsFiles(security)) return 'no trust lists';
  return security.mode === 'mixed' ? 'CTL and ITL, signed files' : 'an ITL and no CTL, signed files';
}

function securityLines(security: LabSecurity): string[] {
  if (!hasCertificates(security)) return [];
  const { mode, release, deviceSecurityMode, encryptedConfig, capf, minTlsVersion } = security;
  const phones =
    mode === 'mixed'
      ? `phones ${deviceSecurityMode} by default, ${minTlsVersion} and later`
      : 'no phone is secure';
  const files = encryptedConfig ? ', configurations encrypted' : '';
  return [
    `security: ${mode} mode as in release ${release}, ${phones}${files}; CAPF: ${capf.operation === 'none' ? 'nothing to do' : `${capf.operation}, ${capf.authMode}`}`,
  ];
}

/** Reports name servers by address, and what was done to them by number: which is which. */
export function callManagerPlaces({ callManagers, srst }: LabEndpoints): string {
  const places = callManagers.map(({ host, port }, i) => `${i + 1} is ${host}:${port}`).join(', ');
  return `CallManager ${places}${srst === null ? '' : `; the SRST router is ${srst.host}:${srst.port}`}`;
}

function list(servers: LabEndpoints['tftp']): string {
  return servers.map(({ host, port }) => `${host}:${port}`).join(', ');
}

function secureLines({ callManagers, capf, tvs, certificates }: SecureEndpoints): string[] {
  return [
    ...(callManagers.length === 0 ? [] : [`TLS           ${list(callManagers)}, the CallManagers`]),
    `CAPF          ${list([capf])}`,
    `TVS           ${list([tvs])}`,
    ...(certificates === null ? [] : [`certificates  ${certificates}, of the phones, until the lab ends`]),
  ];
}

/** Where the lab is, for somebody who wants to point a phone at it. */
export function describeLab(endpoints: LabEndpoints, settings: LabSettings): string {
  const { dhcp, dhcpReplyPort, dns, tftp, http, callManagers, srst, secure } = endpoints;
  const certificates = secure?.certificates ? ` --certificates ${secure.certificates}` : '';
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
    ...(secure === null ? [] : secureLines(secure)),
    '',
    `try: bootstorm phone SEP020000000000 --tftp ${list(tftp)} --dns ${list([dns])}${certificates}`,
  ].join('\n');
}
