import type { AddressPool } from '../scenario/address-pool.ts';

/** A shard in the hands of an agent. */
export interface ShardGrant {
  readonly shard: number;
  /** Grows each time that the shard is granted anew. */
  readonly epoch: number;
  /** giaddr of the shard's relay endpoint; null without DHCP. */
  readonly relayAddress: string | null;
  /** Phones that lose power vanish, see source-blackhole.ts; otherwise they close their connections in order. */
  readonly vanish: boolean;
  /** Null: each phone has the address that the plan gives it. */
  readonly sources: AddressSlice | null;
  /** Null: the shard begins with the run. */
  readonly restart: ShardRestart | null;
}

/** A shard at the begin of a run, on a machine that has the addresses of the plan. */
export function firstGrant(shard: number, relayAddress: string | null, vanish = false): ShardGrant {
  return { shard, epoch: 1, relayAddress, vanish, sources: null, restart: null };
}

/** Local addresses of a machine: the phone at place k of the shard has address `first + k * step`, round and round. */
export interface AddressSlice {
  readonly pool: AddressPool;
  readonly first: number;
  readonly step: number;
}

/** Phones that had power at this instant begin at power-on again, as a wave of their own; the others keep their time. */
export interface ShardRestart {
  /** Schedule time. */
  readonly atMs: number;
  /** Number of the wave, behind those of the plan. */
  readonly wave: number;
}
