import { BootstormError } from '../errors.ts';
import { redisAddressFlaw } from '../redis/address.ts';
import { clusterSetting } from './cluster-options.ts';

/** What is wrong with the address of a Redis that is needed; null: nothing. */
export function redisFlaw(url: string | null): string | null {
  return url === null ? 'say which Redis connects the machines, as redis://host:6379' : redisAddressFlaw(url);
}

/** The address of Redis for a command that is nothing without it. Throws `invalid-scenario`. */
export function neededRedis(command: string, flags: Readonly<Record<string, unknown>>): string {
  const url = clusterSetting('redis', flags);
  if (url !== null) return url;
  throw new BootstormError('invalid-scenario', `${command}: no Redis is named`, {
    hint: 'say --redis redis://host:6379, or set BOOTSTORM_REDIS',
  });
}
