/**
 * What is done to a run's state in one step, inside Redis. The state is a hash:
 *
 *     epoch      of the coordinator: grows with each one that takes the run over, and when data had to be written anew
 *     version    grows by one with every write
 *     holder     token of the coordinator that has this epoch; name: how a person calls it
 *     plan       reference of its chunks, or empty
 *     startAt    ms on the clock of Redis, or empty
 *     steers     JSON
 *     stop       JSON, or empty
 *
 * The lease is a key of its own, because it ends by itself; it holds the token. Who has it may go on writing when it
 * has run out, until somebody else takes the run over.
 */
import type { Redis } from 'ioredis';
import type { RunKeys } from '../redis/run-keys.ts';

/** Takes a run: a new one, or one that nobody holds. The same token may ask again. */
const ACQUIRE = `
local mode, token, name, lease, keep = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local holder = redis.call('HGET', KEYS[1], 'holder')
if holder ~= token then
  if mode == 'new' then
    if holder then return {'used', redis.call('HGET', KEYS[1], 'name')} end
    redis.call('HSET', KEYS[1], 'epoch', 1, 'version', 0, 'plan', '', 'startAt', '', 'steers', '[]', 'stop', '')
  else
    if not holder then return {'unknown', ''} end
    if redis.call('EXISTS', KEYS[2]) == 1 then return {'held', redis.call('HGET', KEYS[1], 'name')} end
    redis.call('HINCRBY', KEYS[1], 'epoch', 1)
  end
  redis.call('HSET', KEYS[1], 'holder', token, 'name', name)
end
redis.call('SET', KEYS[2], token, 'PX', lease)
redis.call('EXPIRE', KEYS[1], keep)
redis.call('PUBLISH', KEYS[3], 'taken')
return {'ok', redis.call('HGET', KEYS[1], 'epoch')}`;

/** Keeps the lease, and tells of a Redis that knows less than it did. */
const RENEW = `
local token, version, lease, keep = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local now = redis.call('HMGET', KEYS[1], 'holder', 'version', 'name')
if not now[1] then return {'gone', ''} end
if now[1] ~= token then return {'lost', now[3]} end
redis.call('SET', KEYS[2], token, 'PX', lease)
redis.call('EXPIRE', KEYS[1], keep)
if tonumber(now[2]) < tonumber(version) then return {'gone', ''} end
return {'held', ''}`;

const RELEASE = `
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
return {'ok', ''}`;

/**
 * One field, if the state is still what the writer has seen. A token: only while this holder has this epoch. With an
 * instant: only if it lies far enough ahead.
 */
const WRITE = `
local token, epoch, version, begin, lead = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local keep, field, value = ARGV[6], ARGV[7], ARGV[8]
local now = redis.call('HMGET', KEYS[1], 'epoch', 'version', 'holder', 'name')
if not now[1] then return {'gone', ''} end
if token ~= '' and now[3] ~= token then return {'deposed', now[4]} end
if now[1] ~= epoch or now[2] ~= version then return {'changed', ''} end
if begin ~= '' then
  local time = redis.call('TIME')
  local missing = time[1] * 1000 + time[2] / 1000 + lead - begin
  if missing > 0 then return {'late', tostring(missing)} end
end
redis.call('HSET', KEYS[1], field, value)
redis.call('HINCRBY', KEYS[1], 'version', 1)
redis.call('EXPIRE', KEYS[1], keep)
redis.call('PUBLISH', KEYS[3], 'written')
return {'ok', ''}`;

/** The whole state under a later epoch, unless a coordinator of that epoch or a later one was here first. */
const REPUBLISH = `
local token, epoch, lease, keep = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local now = redis.call('HMGET', KEYS[1], 'epoch', 'holder', 'name')
if now[1] and now[2] ~= token and tonumber(now[1]) >= tonumber(epoch) then return {'deposed', now[3]} end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'holder', token, 'epoch', epoch, unpack(ARGV, 5))
redis.call('SET', KEYS[2], token, 'PX', lease)
redis.call('EXPIRE', KEYS[1], keep)
redis.call('PUBLISH', KEYS[3], 'written')
return {'ok', ''}`;

const SCRIPTS = {
  rampAcquire: ACQUIRE,
  rampRenew: RENEW,
  rampRelease: RELEASE,
  rampWrite: WRITE,
  rampRepublish: REPUBLISH,
} as const;

export type RampScript = keyof typeof SCRIPTS;
type ScriptCommands = Record<
  RampScript,
  (...keysAndArguments: readonly (string | number)[]) => Promise<[verdict: string, detail: string]>
>;

/** Runs a script over the keys of a run. Rejects as the connection's commands do. */
export async function runScript(
  redis: Redis,
  script: RampScript,
  { state, lease, changed }: RunKeys,
  ...values: readonly (string | number)[]
): Promise<{ readonly verdict: string; readonly detail: string }> {
  if (!(script in redis)) redis.defineCommand(script, { lua: SCRIPTS[script], numberOfKeys: 3 });
  const commands = redis as Redis & ScriptCommands;
  const [verdict, detail] = await commands[script](state, lease, changed, ...values);
  return { verdict, detail };
}
