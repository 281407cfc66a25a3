import { readFileSync } from 'node:fs';
import type { HostPort } from './lab-contract.ts';

/**
 * Datagrams that the kernel threw away because the receive buffer of this UDP port was full: load that never reached
 * the service. From `/proc/net/udp` (proc(5): `local_address` is the address in host byte order and the port, both
 * hex; the last column is `drops`). 0 where there is no such file.
 */
export function kernelDrops({ host, port }: HostPort): number {
  let table: string;
  try {
    table = readFileSync('/proc/self/net/udp', 'latin1');
  } catch {
    return 0;
  }
  const octets = host.split('.').map((octet) => hex(Number(octet), 2));
  const local = `${octets.toReversed().join('')}:${hex(port, 4)}`;
  const row = table.split('\n').find((line) => line.trimStart().split(/\s+/)[1] === local);
  return Number(row?.trim().split(/\s+/).at(-1) ?? 0);
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}
