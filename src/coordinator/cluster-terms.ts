/** What agents on many machines are given to do: as much as the weakest of them can carry, all of them the same. */
import type { ClusterTerms, Member } from '../engine/cluster-contract.ts';
import { BootstormError } from '../errors.ts';
import { poolSize } from '../scenario/address-pool.ts';
import { type Budget, type Capacity, PHONES_PER_THREAD, planBudget, usableCpus } from '../scenario/budget.ts';
import type { RunPlan } from '../scenario/plan.ts';

export interface ClusterDivision {
  readonly terms: ClusterTerms;
  readonly budget: Budget;
}

/**
 * Throws as `planBudget` does.
 *
 * @param ephemeralPorts of the coordinator's machine: those of the others are taken to be the same
 */
export function divideRun(
  plan: RunPlan,
  members: readonly Member[],
  ephemeralPorts: Capacity['ephemeralPorts'],
): ClusterDivision {
  const agents = members.length;
  const threads = plan.workers.threads === 'auto' ? threadsOf(plan, members) : plan.workers.threads;
  const obstacle = members.find(({ blackholeObstacle }) => blackholeObstacle !== null);
  const capacity: Capacity = {
    descriptorLimit: Math.min(...members.map(({ descriptorLimit }) => descriptorLimit)),
    ephemeralPorts,
    cpus: cpusOfHosts(members),
    blackholeObstacle: obstacle === undefined ? null : `${obstacle.name}: ${obstacle.blackholeObstacle}`,
  };
  const relays = ownRelaysOf(members);
  if (plan.relayAddresses !== null && relays !== null && relays < threads)
    throw tooFewRelays(relays, threads);
  const relayAddresses = relays === null ? plan.relayAddresses : null;
  const budget = planBudget({ ...plan, workers: { agents, threads }, relayAddresses }, capacity);
  const relaysPerAgent =
    relays ?? (relayAddresses === null ? Number.POSITIVE_INFINITY : poolSize(relayAddresses) / agents);
  const mostThreads = plan.cluster.onAgentLoss === 'restart' ? roomFor(budget, relaysPerAgent) : threads;
  const stopStartsWhenAlone = plan.cluster.onLostControl === 'stop-starts';
  return { terms: { threads, mostThreads, agents, stopStartsWhenAlone }, budget };
}

/** Relay addresses of the agent that brings fewest; null: one of them takes the plan's. */
function ownRelaysOf(members: readonly Member[]): number | null {
  const own = members.map(({ relays }) => relays ?? Number.NEGATIVE_INFINITY);
  const fewest = Math.min(...own);
  return fewest < 0 ? null : fewest;
}

function tooFewRelays(relays: number, threads: number): BootstormError {
  return new BootstormError(
    'invalid-scenario',
    `an agent brings ${relays} relay addresses, and is to run ${threads} shards`,
    { hint: 'give it one for each shard with --relay-addresses, or set workers.threads lower' },
  );
}

/** Agents on one host share its processors. */
function threadsOf(plan: RunPlan, members: readonly Member[]): number {
  const shares = members.map(({ host, cpus }) =>
    Math.floor(usableCpus(plan, cpus) / members.filter((other) => other.host === host).length),
  );
  const wanted = Math.ceil(plan.phoneCount / members.length / PHONES_PER_THREAD);
  return Math.max(1, Math.min(...shares, wanted));
}

function cpusOfHosts(members: readonly Member[]): number {
  const hosts = new Map(members.map(({ host, cpus }) => [host, cpus]));
  return [...hosts.values()].reduce((sum, cpus) => sum + cpus, 0);
}

/** Twice the shards on an agent, so that half of the agents can take those of the others, as far as it bears them. */
function roomFor(budget: Budget, relaysPerAgent: number): number {
  const { threadsPerAgent: threads, descriptorLimit, descriptorsPerAgent } = budget;
  const byRelays = Math.floor(relaysPerAgent);
  const byDescriptors = Math.floor((threads * descriptorLimit) / descriptorsPerAgent);
  return Math.max(threads, Math.min(2 * threads, byRelays, byDescriptors));
}
