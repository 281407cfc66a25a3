/** The run log in Redis, from which another coordinator could go on. What Redis did not take is written later. */
import type { Redis } from 'ioredis';
import { KEEP_SECONDS, type RunKeys } from '../redis/run-keys.ts';
import { asked } from './cluster-book.ts';
import type { LoggedEntry } from './run-log.ts';

/** Throws `redis-unreachable`, as the other. */
export async function readClusterLog(redis: Redis, { log }: RunKeys): Promise<LoggedEntry[]> {
  const lines = await asked(redis, () => redis.lrange(log, 0, -1));
  return lines.map((line) => JSON.parse(line) as LoggedEntry);
}

/** Writes what Redis does not have: all of it, where it has lost the list. Nobody else writes to it. */
export async function writeClusterLog(
  redis: Redis,
  { log }: RunKeys,
  entries: readonly LoggedEntry[],
): Promise<void> {
  const has = await asked(redis, () => redis.llen(log));
  const lines = entries.slice(has).map((logged) => JSON.stringify(logged));
  if (lines.length === 0) return;
  const all = redis
    .multi()
    .rpush(log, ...lines)
    .expire(log, KEEP_SECONDS);
  await asked(redis, () => all.exec());
}
