/** One look at what agents have left in Redis since the last one: few commands, whatever the number of phones. */
import type { Redis } from 'ioredis';
import type { Beat, DeliveredResult, Member } from '../engine/cluster-contract.ts';
import type { RowChunk } from '../metrics/phone-rows.ts';
import type { ShardSnapshot } from '../metrics/shard-snapshot.ts';
import { readChunks } from '../redis/chunks.ts';
import { unpack } from '../redis/packing.ts';
import type { RunKeys } from '../redis/run-keys.ts';
import { asked } from './cluster-book.ts';

export interface ClusterLook {
  readonly members: readonly Member[];
  /** Of each agent that has ever spoken the latest. */
  readonly beats: ReadonlyMap<string, Beat>;
  readonly owners: ReadonlyMap<number, string>;
  /** Shards whose result is there. */
  readonly results: readonly number[];
}

export interface FetchedResult {
  readonly result: DeliveredResult;
  /** Of its phones; none where the plan asks for none, or Redis has lost them. */
  readonly rows: readonly RowChunk[];
  readonly packed: Buffer;
}

/** Throws `redis-unreachable`, as all that follow. */
export async function lookAtAgents(redis: Redis, keys: RunKeys): Promise<ClusterLook> {
  const [members, beats, owners, results] = await asked(redis, () =>
    Promise.all([
      redis.hgetall(keys.members),
      redis.hgetall(keys.beats),
      redis.hgetall(keys.owners),
      redis.hkeys(keys.results),
    ]),
  );
  return {
    members: Object.values(members).map((text) => JSON.parse(text) as Member),
    beats: new Map(Object.entries(beats).map(([agent, text]) => [agent, JSON.parse(text) as Beat])),
    owners: new Map(Object.entries(owners).map(([shard, owner]) => [Number(shard), owner])),
    results: results.map(Number),
  };
}

export async function fetchSnapshots(
  redis: Redis,
  keys: RunKeys,
  shards: readonly number[],
): Promise<ShardSnapshot[]> {
  const fields = shards.map(String);
  return (await fetch(redis, keys.snapshots, fields)).map((packed) => unpack(packed) as ShardSnapshot);
}

/** Of every grant that has spoken: those that were replaced are kept beside the present ones. */
export async function fetchAllSnapshots(redis: Redis, keys: RunKeys): Promise<ShardSnapshot[]> {
  return fetch(redis, keys.snapshots, await asked(redis, () => redis.hkeys(keys.snapshots))).then((all) =>
    all.map((packed) => unpack(packed) as ShardSnapshot),
  );
}

/** Keeps the last words of grants that are about to be replaced. */
export async function keepSnapshots(redis: Redis, keys: RunKeys, shards: readonly number[]): Promise<void> {
  for (const shard of shards) {
    const [packed] = await fetch(redis, keys.snapshots, [String(shard)]);
    if (packed === undefined) continue;
    const { epoch } = unpack(packed) as ShardSnapshot;
    await asked(redis, () => redis.hset(keys.snapshots, `${shard}@${epoch}`, packed));
  }
}

export async function fetchResults(
  redis: Redis,
  keys: RunKeys,
  shards: readonly number[],
): Promise<FetchedResult[]> {
  const results: FetchedResult[] = [];
  for (const packed of await fetch(redis, keys.results, shards.map(String))) {
    const result = unpack(packed) as DeliveredResult;
    const { rows: reference } = result;
    const rows =
      reference && (await asked(redis, () => readChunks(redis, `${keys.rows}:${result.shard}`, reference)));
    results.push({ packed, result, rows: (rows ?? []) as RowChunk[] });
  }
  return results;
}

async function fetch(redis: Redis, key: string, fields: readonly string[]): Promise<Buffer[]> {
  if (fields.length === 0) return [];
  const found = await asked(redis, () => redis.hmgetBuffer(key, ...fields));
  return found.filter((packed) => packed !== null);
}
