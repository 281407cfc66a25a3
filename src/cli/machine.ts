import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { descriptorLimit } from '../drivers/descriptors.ts';
import { blackholeObstacle } from '../drivers/source-blackhole.ts';
import type { Capacity } from '../scenario/budget.ts';

/** Where there is no /proc: Linux's default range. */
const USUAL_PORTS = { first: 32_768, last: 60_999 } as const;

/** What this machine gives to one process. */
export function machineCapacity(): Capacity {
  const range = readOrEmpty('/proc/sys/net/ipv4/ip_local_port_range').trim().split(/\s+/).map(Number);
  const [first, last] = range;
  return {
    descriptorLimit: descriptorLimit(),
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
