import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { blackholeObstacle } from '../drivers/source-blackhole.ts';
import type { Capacity } from '../scenario/budget.ts';

/** Where there is no /proc: Linux's default range, and what POSIX promises at least. */
const USUAL_PORTS = { first: 32_768, last: 60_999 } as const;
const POSIX_DESCRIPTORS = 1024;

/** What this machine gives to one process. Node has raised its soft descriptor limit to the hard one already. */
export function machineCapacity(): Capacity {
  const limits = /^Max open files\s+(\d+)/m.exec(readOrEmpty('/proc/self/limits'));
  const range = readOrEmpty('/proc/sys/net/ipv4/ip_local_port_range').trim().split(/\s+/).map(Number);
  const [first, last] = range;
  return {
    descriptorLimit: Number(limits?.[1] ?? POSIX_DESCRIPTORS),
    cpus: availableParallelism(),
    blackholeObstacle: blackholeObstacle(),
    ephemeralPorts: first && last ? { first, last } : USUAL_PORTS,
  };
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
