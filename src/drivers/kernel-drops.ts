import { readFileSync } from 'node:fs';

/**
 * Datagrams that the kernel threw away because the receive buffer of this UDP port was full: load that never reached
 * whoever has the port. From `/proc/net/udp` (proc(5): `local_address` is the address in host byte order and the port,
 * both hex; the last column is `drops`). 0 where there is no such file, or no such port.
 */
export function kernelDrops({ host, port }: { readonly host: string; readonly port: number }): number {
  const octets = host.split('.').map((octet) => hex(Number(octet), 2));
  const local = `${octets.toReversed().join('')}:${hex(port, 4)}`;
  const row = read('/proc/self/net/udp')
    .split('\n')
    .find((line) => line.trimStart().split(/\s+/)[1] === local);
  return Number(row?.trim().split(/\s+/).at(-1) ?? 0);
}

/**
 * Datagrams that did not fit the receive buffer of any UDP socket in this network namespace, since it exists: this
 * process's, and everybody else's. From `/proc/net/snmp`, `Udp: RcvbufErrors` (RFC 4113 counts them in udpInErrors).
 * 0 where there is no such file.
 */
export function namespaceDrops(): number {
  const [names = [], values = []] = read('/proc/self/net/snmp')
    .split('\n')
    .filter((line) => line.startsWith('Udp: '))
    .map((line) => line.split(' '));
  return Number(values[names.indexOf('RcvbufErrors')] ?? 0);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}
