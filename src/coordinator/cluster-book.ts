/** What the coordinator knows of its agents and their shards, as Redis has it: written again when Redis has lost it. */
import type { ChainableCommander, Redis } from 'ioredis';
import type { ClusterTerms, Member, OpenRun } from '../engine/cluster-contract.ts';
import { redisFailure } from '../redis/connection.ts';
import { KEEP_SECONDS, OPEN_RUNS, type RunKeys } from '../redis/run-keys.ts';

export class ClusterBook {
  readonly members = new Map<string, Member>();
  /** Of each shard the epoch of its present grant. */
  readonly epochs = new Map<number, number>();
  /** Of each shard the agent that has its present grant. */
  readonly owners = new Map<number, string>();
  /** Results that were taken over, as they came. */
  readonly results = new Map<number, Buffer>();
  terms: ClusterTerms | null = null;

  /** What another coordinator has left. Throws `redis-unreachable`, as all that ask Redis. */
  static async read(redis: Redis, keys: RunKeys): Promise<ClusterBook> {
    const book = new ClusterBook();
    const [members, terms, epochs, owners] = await asked(redis, () =>
      Promise.all([
        redis.hgetall(keys.members),
        redis.get(keys.terms),
        redis.hgetall(keys.epochs),
        redis.hgetall(keys.owners),
      ]),
    );
    for (const [name, member] of Object.entries(members))
      book.members.set(name, JSON.parse(member) as Member);
    for (const [shard, epoch] of Object.entries(epochs)) book.epochs.set(Number(shard), Number(epoch));
    for (const [shard, owner] of Object.entries(owners)) book.owners.set(Number(shard), owner);
    if (terms !== null) book.terms = JSON.parse(terms) as ClusterTerms;
    return book;
  }

  shardsOf(agent: string): number[] {
    return [...this.owners].filter(([, owner]) => owner === agent).map(([shard]) => shard);
  }

  /** Writes all of it. */
  async write(redis: Redis, keys: RunKeys, open: OpenRun): Promise<void> {
    const members = [...this.members].map(([name, member]) => [name, JSON.stringify(member)] as const);
    const taken = [...this.results.keys()].map((shard) => [shard, this.epochs.get(shard) ?? 1] as const);
    const all = redis.multi().hset(OPEN_RUNS, open.run, JSON.stringify(open));
    if (this.terms !== null) all.setex(keys.terms, KEEP_SECONDS, JSON.stringify(this.terms));
    put(all, keys.members, members);
    put(all, keys.epochs, [...this.epochs]);
    put(all, keys.owners, [...this.owners]);
    // Before Redis knew the epochs again it may have believed a grant that was replaced.
    const replaced = [...this.epochs].filter(([shard, epoch]) => epoch > 1 && !this.results.has(shard));
    if (replaced.length > 0) all.hdel(keys.results, ...replaced.map(([shard]) => String(shard)));
    put(all, keys.results, [...this.results]);
    put(all, keys.taken, taken);
    await asked(redis, () => all.exec());
  }

  /** The next grant of these shards, which nobody has yet: what belongs to older ones is refused from now on. */
  async nextGrants(redis: Redis, keys: RunKeys, shards: readonly number[]): Promise<void> {
    if (shards.length === 0) return;
    const epochs = shards.map((shard) => [shard, (this.epochs.get(shard) ?? 0) + 1] as const);
    const all = redis.multi();
    put(all, keys.epochs, epochs);
    all.hdel(keys.owners, ...shards.map(String));
    // That of a shard whose agent was asleep: while it is there, no other is asked for.
    all.hdel(keys.results, ...shards.map(String));
    await asked(redis, () => all.exec());
    for (const [shard, epoch] of epochs) {
      this.epochs.set(shard, epoch);
      this.owners.delete(shard);
    }
  }

  /** The agent need not keep these results any longer. */
  async take(redis: Redis, keys: RunKeys, results: ReadonlyMap<number, Buffer>): Promise<void> {
    if (results.size === 0) return;
    const all = redis.multi();
    put(
      all,
      keys.taken,
      [...results.keys()].map((shard) => [shard, this.epochs.get(shard) ?? 1] as const),
    );
    await asked(redis, () => all.exec());
    for (const [shard, result] of results) this.results.set(shard, result);
  }
}

function put(
  all: ChainableCommander,
  key: string,
  fields: readonly (readonly [string | number, string | number | Buffer])[],
): void {
  if (fields.length === 0) return;
  all.hset(key, ...fields.flatMap(([field, value]) => [field, value]));
  all.expire(key, KEEP_SECONDS);
}

/** Throws what a command failed with as an operator error. */
export async function asked<Answer>(redis: Redis, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    throw redisFailure(error, redis);
  }
}
