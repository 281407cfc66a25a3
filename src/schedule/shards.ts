/**
 * Which phones a worker boots: shard i of n takes phones i, i + n, i + 2n ... Each worker computes its share by itself
 * from two integers, no phone is lost or doubled for any count and any n (as k6's execution segments), and because the
 * shards interleave, every one of them sees the ramp in the same shape.
 */
export interface Shard {
  /** From 0. */
  readonly index: number;
  readonly of: number;
}

/** How many of `phones` belong to the shard. */
export function shardSize(shard: Shard, phones: number): number {
  return phones <= shard.index ? 0 : Math.floor((phones - 1 - shard.index) / shard.of) + 1;
}

/** The phone at `position` of the shard, from 0. */
export function shardPhone(shard: Shard, position: number): number {
  return shard.index + position * shard.of;
}

/** The shard that a phone belongs to. */
export function shardOf(phone: number, shards: number): number {
  return phone % shards;
}
