/** What an agent does in Redis in one step. */
import type { Redis } from 'ioredis';
import { writeChunks } from '../redis/chunks.ts';
import { redisFailure } from '../redis/connection.ts';
import { pack } from '../redis/packing.ts';
import { KEEP_SECONDS, type RunKeys } from '../redis/run-keys.ts';
import { type Beat, type DeliveredResult, type Member, SILENCE_LIMIT_MS } from './cluster-contract.ts';
import type { OpenResult } from './cluster-shards.ts';

/** A name that is free, or was its own before it was lost: then the index is the same again. Of a run that is led. */
const JOIN = `
if redis.call('EXISTS', KEYS[4]) == 0 then return {'leaderless', -1} end
local name, seats, limit, wanted, keep = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local member = cjson.decode(ARGV[2])
local before = redis.call('HGET', KEYS[1], name)
if before then
  local seen = redis.call('ZSCORE', KEYS[2], name)
  if seen and now - seen <= limit then return {'taken', -1} end
  member.index = cjson.decode(before).index
else
  local others = redis.call('HVALS', KEYS[1])
  if #others >= seats then return {'full', -1} end
  local used = {}
  for _, other in ipairs(others) do used[cjson.decode(other).index] = true end
  member.index = wanted
  if wanted < 0 or wanted >= seats or used[wanted] then
    member.index = 0
    while used[member.index] do member.index = member.index + 1 end
  end
end
redis.call('HSET', KEYS[1], name, cjson.encode(member))
redis.call('ZADD', KEYS[2], now, name)
redis.call('HDEL', KEYS[3], name)
redis.call('EXPIRE', KEYS[1], keep)
redis.call('EXPIRE', KEYS[2], keep)
return {'joined', member.index}`;

const LEAVE = `
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
return {'left', -1}`;

const REFUSE = `
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])`;

/** One grant of a shard has one owner; a Redis that has lost its data believes who asks first. */
const CLAIM = `
local present = redis.call('HGET', KEYS[1], ARGV[1])
if present and present ~= ARGV[2] then return 0 end
local owner = redis.call('HGET', KEYS[2], ARGV[1])
if owner and owner ~= ARGV[3] then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[4])
return 1`;

/** Behind the first four arguments, of each grant: shard, epoch, whether it has a result, its snapshot or nothing. */
const BEAT = `
local name, keep = ARGV[1], ARGV[4]
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], name, ARGV[2])
redis.call('ZADD', KEYS[2], time[1] * 1000 + math.floor(time[2] / 1000), name)
redis.call('HSETNX', KEYS[3], name, ARGV[3])
local refused, missing, taken = {}, {}, {}
for i = 5, #ARGV, 4 do
  local shard, epoch, ended, snapshot = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local present, owner = redis.call('HGET', KEYS[4], shard), redis.call('HGET', KEYS[5], shard)
  if (present and present ~= epoch) or (owner and owner ~= name) then
    refused[#refused + 1] = tonumber(shard)
  else
    redis.call('HSET', KEYS[5], shard, name)
    if snapshot ~= '' then redis.call('HSET', KEYS[6], shard, snapshot) end
    if redis.call('HGET', KEYS[8], shard) == epoch then taken[#taken + 1] = tonumber(shard)
    elseif ended == '1' and redis.call('HEXISTS', KEYS[7], shard) == 0 then missing[#missing + 1] = tonumber(shard) end
  end
end
for i = 1, 6 do redis.call('EXPIRE', KEYS[i], keep) end
return {redis.call('EXISTS', KEYS[9]), refused, missing, taken}`;

const DELIVER = `
local present = redis.call('HGET', KEYS[1], ARGV[1])
if present and present ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[4])
return 1`;

export type Joined =
  | { readonly verdict: 'joined'; readonly index: number }
  /** The name is that of a living agent, or every seat is. */
  | { readonly verdict: 'taken' | 'full' }
  /** Its coordinator is gone, or away. */
  | { readonly verdict: 'leaderless' };

/** A seat of `seats`; the index is the wanted one where it is free. All that follow throw `redis-unreachable`. */
export async function join(
  redis: Redis,
  keys: RunKeys,
  member: Omit<Member, 'index'>,
  { seats, wantedIndex }: { readonly seats: number; readonly wantedIndex: number | null },
): Promise<Joined> {
  const script = [JOIN, 4, keys.members, keys.seen, keys.refusals, keys.lease] as const;
  const limits = [seats, SILENCE_LIMIT_MS, wantedIndex ?? -1, KEEP_SECONDS] as const;
  const answer = await asked(redis, () =>
    redis.eval(...script, member.name, JSON.stringify(member), ...limits),
  );
  const [verdict, index] = answer as [Joined['verdict'], number];
  return verdict === 'joined' ? { verdict, index } : { verdict };
}

/** Gives up a seat that it has not used. */
export async function leave(redis: Redis, { members, seen }: RunKeys, name: string): Promise<void> {
  await asked(redis, () => redis.eval(LEAVE, 2, members, seen, name));
}

/** Tells the coordinator why an agent does not join. */
export async function noteRefusal(
  redis: Redis,
  { refusals }: RunKeys,
  name: string,
  reason: string,
): Promise<void> {
  await asked(redis, () => redis.eval(REFUSE, 1, refusals, name, reason, KEEP_SECONDS));
}

/** Whether the grant is the present one of its shard and nobody else's; the agent is then its owner. */
export async function claim(
  redis: Redis,
  { epochs, owners }: RunKeys,
  grant: { readonly shard: number; readonly epoch: number },
  name: string,
): Promise<boolean> {
  const { shard, epoch } = grant;
  return (
    (await asked(redis, () => redis.eval(CLAIM, 2, epochs, owners, shard, epoch, name, KEEP_SECONDS))) === 1
  );
}

/** What a beat carries of a grant. */
export interface BeatPart {
  readonly shard: number;
  readonly epoch: number;
  readonly hasResult: boolean;
  /** Packed; null: the same as in the last beat. */
  readonly snapshot: Buffer | null;
}

export interface BeatAnswer {
  /** There is a coordinator. */
  readonly isCoordinated: boolean;
  /** Shards whose present grant is another, or another's. */
  readonly refused: readonly number[];
  /** Shards whose result Redis does not have (any more). */
  readonly missing: readonly number[];
  /** Shards whose result a coordinator has taken over. */
  readonly taken: readonly number[];
}

export async function sendBeat(
  redis: Redis,
  keys: RunKeys,
  beat: Beat,
  member: Member,
  parts: readonly BeatPart[],
): Promise<BeatAnswer> {
  const { beats, seen, members, epochs, owners, snapshots, results, taken, lease } = keys;
  const all = [beats, seen, members, epochs, owners, snapshots, results, taken, lease];
  const values = parts.flatMap(({ shard, epoch, hasResult, snapshot }) => [
    shard,
    epoch,
    hasResult ? 1 : 0,
    snapshot ?? '',
  ]);
  const facts = [beat.agent, JSON.stringify(beat), JSON.stringify(member), KEEP_SECONDS];
  const answer = await asked(redis, () => redis.eval(BEAT, all.length, ...all, ...facts, ...values));
  const [lease1, refused, missing, takenOver] = answer as [number, number[], number[], number[]];
  return { isCoordinated: lease1 === 1, refused, missing, taken: takenOver };
}

/** Whether Redis has taken a result, with its rows: it does not when the grant is not the present one. */
export async function deliver(
  redis: Redis,
  { epochs, results, rows }: RunKeys,
  { epoch, result, rows: chunks }: OpenResult,
): Promise<boolean> {
  const { shard } = result;
  return asked(redis, async () => {
    const written =
      chunks.length === 0 ? null : await writeChunks(redis, `${rows}:${shard}`, chunks, KEEP_SECONDS);
    const delivered: DeliveredResult = { ...result, rows: written?.reference ?? null };
    const values = [shard, epoch, pack(delivered), KEEP_SECONDS] as const;
    return (await redis.eval(DELIVER, 2, epochs, results, ...values)) === 1;
  });
}

async function asked<Answer>(redis: Redis, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    throw redisFailure(error, redis);
  }
}
