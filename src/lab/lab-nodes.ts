/** The processes of a lab: their names, roles and ports. */
import type { LabSettings } from '../scenario/lab-settings.ts';
import { callManagerService } from './call-manager.ts';
import type { CallManagerNode, LabRole } from './lab-contract.ts';
import { tlsPortName } from './tls-port.ts';

/** A process of the lab: a CallManager by its number, or another role. */
export type LabNode = CallManagerNode | 'tftp' | 'network' | 'security';

/** The CallManagers of the group, from 1. */
export function groupOf({ callManagers }: LabSettings): number[] {
  return Array.from({ length: callManagers }, (_, place) => place + 1);
}

/** Ports of the services as the settings have them, by name; 0: any free one. */
export function portsOf(settings: LabSettings): Record<string, number> {
  const { sccp, securedSccp, dhcpReply: _, ...others } = settings.ports;
  const group = groupOf(settings);
  const inRow = (first: number, place: number): number => (first === 0 ? 0 : first + place);
  const nodes: CallManagerNode[] = settings.srst ? [...group, 'srst'] : group;
  const ofNodes = nodes.map((node, place) => [callManagerService(node), inRow(sccp, place)] as const);
  const ofTls = group.map((node, place) => [tlsPortName(node), inRow(securedSccp, place)] as const);
  return { ...others, ...Object.fromEntries([...ofNodes, ...ofTls]) };
}

export function roleOf(node: LabNode): LabRole {
  return node === 'tftp' || node === 'network' || node === 'security'
    ? { type: node }
    : { type: 'callManager', node };
}

/** For people. */
export function titleOf(role: LabRole): string {
  if (role.type !== 'callManager') return role.type;
  return role.node === 'srst' ? 'SRST router' : `CallManager ${role.node}`;
}
