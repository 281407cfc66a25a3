import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { formatDuration } from './duration.ts';
import { labEventProblems, labFaultProblems, labSecurityProblems } from './check-lab.ts';
import type { ServerAddress } from './host-port.ts';
import type { Problem } from './problems.ts';
import type { Scenario } from './schema.ts';

/** Everything may reach these and nothing else, until a later version opens more. */
export const LOOPBACK = ['127.0.0.0/8', '::1/128'] as const;

/** Whether the run uses the embedded lab: it is asked for, or no server is named. */
export function usesLab({ target }: Scenario): boolean {
  return target.lab ?? !namesServer(target);
}

/** Whether phones ask a DHCP server. */
export function usesDhcp(scenario: Scenario): boolean {
  const { dhcp } = scenario.target;
  if (dhcp === 'static' || scenario.skip.includes('dhcp')) return false;
  return usesLab(scenario) || dhcp !== undefined;
}

/** What contradicts itself, or is missing, between keys that are well-formed each by itself. */
export function contradictions(scenario: Scenario): readonly Problem[] {
  return [
    ...phoneProblems(scenario),
    ...targetProblems(scenario),
    ...outageProblems(scenario),
    ...labEventProblems(scenario),
    ...labFaultProblems(scenario),
    ...labSecurityProblems(scenario),
  ];
}

/** Servers that the scenario names outside `allow`. Names are looked at when a phone has resolved them. */
export function deniedDestinations({ target }: Scenario, allow: readonly string[]): readonly Problem[] {
  const named: { path: (string | number)[]; host: string }[] = [];
  const add = (path: string[], servers: readonly ServerAddress[] | undefined): void => {
    for (const [i, { host }] of (servers ?? []).entries()) named.push({ path: ['target', ...path, i], host });
  };
  if (target.dhcp !== 'static' && target.dhcp?.server !== undefined) {
    named.push({ path: ['target', 'dhcp', 'server'], host: target.dhcp.server.host });
  }
  add(['dns', 'servers'], target.dns.servers);
  add(['tftp', 'servers'], target.tftp.servers);
  add(['callManagers'], target.callManagers);
  for (const [name, host] of Object.entries(target.dns.hosts)) {
    named.push({ path: ['target', 'dns', 'hosts', name], host });
  }
  return named
    .filter(({ host }) => isIP(host) !== 0 && !allow.some((block) => isInside(host, block)))
    .map(({ path, host }) => ({ path, message: `${host} lies outside ${allow.join(', ')}` }));
}

function namesServer({ dhcp, dns, tftp, callManagers }: Scenario['target']): boolean {
  const namesDhcp = dhcp !== undefined && dhcp !== 'static' && dhcp.server !== undefined;
  return namesDhcp || dns.servers !== undefined || tftp.servers !== undefined || callManagers !== undefined;
}

function phoneProblems({ phones }: Scenario): readonly Problem[] {
  const problems: Problem[] = [];
  if (phones.inventory !== undefined && phones.generate !== undefined) {
    problems.push({
      path: ['phones', 'generate'],
      message: 'not together with phones.inventory',
      isKey: true,
    });
  }
  const digits = (phones.generate?.macPrefix ?? '').replaceAll(/[:-]/g, '');
  const room = 16 ** (12 - digits.length);
  if ((phones.generate?.count ?? 0) > room) {
    problems.push({
      path: ['phones', 'generate', 'count'],
      message: `only ${room} MAC addresses begin with ${phones.generate?.macPrefix}: shorten the prefix`,
    });
  }
  return problems;
}

function targetProblems(scenario: Scenario): readonly Problem[] {
  const { target, skip } = scenario;
  const problems: Problem[] = [];
  const need = (path: string[], message: string): void => {
    problems.push({ path: ['target', ...path], message });
  };
  if (target.lab === true && namesServer(target)) {
    need(['lab'], 'the lab cannot be used together with servers that are named: leave out one of the two');
  }
  if (target.lab === false && !namesServer(target)) {
    need(['lab'], 'without the lab, name a server: dhcp.server, tftp.servers or callManagers');
  }
  if (usesLab(scenario) || problems.length > 0) return problems;
  if (usesDhcp(scenario) && target.dhcp !== 'static') {
    if (target.dhcp?.server === undefined) need(['dhcp'], 'missing: server');
    if (target.dhcp?.relayAddresses === undefined) need(['dhcp'], 'missing: relayAddresses');
  }
  const asksFiles = !(skip.includes('ctl') && skip.includes('config'));
  if (!usesDhcp(scenario) && asksFiles && target.tftp.servers === undefined) {
    need(['tftp'], 'missing: servers (without DHCP nobody else names them)');
  }
  if (skip.includes('config') && !skip.includes('callManager') && target.callManagers === undefined) {
    need([], 'missing: callManagers (without a configuration file nobody else names them)');
  }
  return problems;
}

function outageProblems(scenario: Scenario): readonly Problem[] {
  const { outage, maxDuration } = scenario;
  if (outage === undefined) return [];
  const problems: Problem[] = [];
  if (outage.cluster === 'returns-after' && !usesLab(scenario)) {
    const message = 'only the embedded lab can be taken down: with servers of your own, do it yourself';
    problems.push({ path: ['outage', 'cluster'], message });
  }
  if (outage.at >= maxDuration) {
    const message = `the run is over after ${formatDuration(maxDuration)}, before this: lengthen maxDuration`;
    problems.push({ path: ['outage', 'at'], message });
  }
  return problems;
}

function isInside(host: string, block: string): boolean {
  const address = ipaddr.process(host);
  const [network, prefix] = ipaddr.parseCIDR(block);
  return address.kind() === network.kind() && address.match(network, prefix);
}
