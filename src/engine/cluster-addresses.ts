/** Which addresses the shards of an agent use, so that no two agents of a run share one. */
import { BootstormError } from '../errors.ts';
import { type AddressPool, addressAt, poolSize } from '../scenario/address-pool.ts';
import type { RunPlan } from '../scenario/plan.ts';
import type { AddressSlice } from './agent-contract.ts';
import type { ClusterTerms } from './cluster-contract.ts';

/** What the machine brings itself; null: its part of what the plan names. */
export interface MachineAddresses {
  readonly sources: AddressPool | null;
  readonly relays: AddressPool | null;
}

/** Place of a shard on an agent: of its agent among all, and its own among the agent's. */
export interface ShardPlace {
  /** Of the agent. */
  readonly index: number;
  /** From 0 to below `mostThreads`; free again when its shard is over. */
  readonly slot: number;
}

type PlannedAddresses = Pick<RunPlan, 'relayAddresses' | 'sourceAddresses' | 'target'>;
type Terms = Pick<ClusterTerms, 'agents' | 'mostThreads'>;

/** The giaddr of a shard; null: the plan has no DHCP. */
export function relayOf(
  { relayAddresses }: Pick<PlannedAddresses, 'relayAddresses'>,
  own: MachineAddresses,
  { index, slot }: ShardPlace,
  { mostThreads }: Terms,
): string | null {
  if (relayAddresses === null) return null;
  if (own.relays !== null) return addressAt(own.relays, slot);
  return addressAt(relayAddresses, index * mostThreads + slot);
}

/**
 * The addresses of a shard's phones; null: those of the plan. The embedded lab is reached from its own machine alone,
 * which has them all, and leases each phone the one of the plan.
 */
export function sourcesOf(
  { sourceAddresses, target }: PlannedAddresses,
  own: MachineAddresses,
  { index, slot }: ShardPlace,
  { agents, mostThreads }: Terms,
): AddressSlice | null {
  if (own.sources === null && target.type === 'lab') return null;
  const pool = own.sources ?? (sourceAddresses && partOf(sourceAddresses, index, agents));
  return pool && { pool, first: slot, step: mostThreads };
}

/** Whether so many phones have an address each: those that share one cannot be made unreachable one by one. */
export function suffices({ pool, first, step }: AddressSlice, phones: number): boolean {
  return first + (phones - 1) * step < poolSize(pool);
}

/** Throws `invalid-scenario` where the machine's own relay addresses do not suffice for its shards. */
export function checkOwnRelays(
  { relayAddresses }: Pick<PlannedAddresses, 'relayAddresses'>,
  own: MachineAddresses,
  most: number,
): void {
  if (relayAddresses === null || own.relays === null || poolSize(own.relays) >= most) return;
  throw new BootstormError(
    'invalid-scenario',
    `--relay-addresses: ${poolSize(own.relays)} for the ${most} shards that this agent may have`,
    { hint: 'give one relay address for each shard' },
  );
}

/** The consecutive 1/of of a pool at `index`; of fewer addresses than parts each has one, and some share. */
function partOf(pool: AddressPool, index: number, of: number): AddressPool {
  const size = poolSize(pool);
  const begin = Math.floor((size * index) / of);
  const end = Math.max(begin + 1, Math.floor((size * (index + 1)) / of));
  const part: { first: number; count: number }[] = [];
  let passed = 0;
  for (const { first, count } of pool) {
    const from = Math.max(begin - passed, 0);
    const to = Math.min(end - passed, count);
    if (from < to) part.push({ first: first + from, count: to - from });
    passed += count;
  }
  return part;
}
