import { BootstormError } from '../errors.ts';
import { trustListFileNames } from '../protocols/device-config/file-names.ts';
import { poolSize } from './address-pool.ts';
import type { RunPlan } from './plan.ts';

/** What the machine gives. */
export interface Capacity {
  /** Open descriptors that one process may have (`ulimit -n`). */
  readonly descriptorLimit: number;
  /** Local ports that the kernel gives out by itself, both included (Linux: net.ipv4.ip_local_port_range). */
  readonly ephemeralPorts: { readonly first: number; readonly last: number };
  readonly cpus: number;
  /** Why source addresses cannot be made unreachable; null: they can. */
  readonly blackholeObstacle: string | null;
}

/** What a run takes of it. */
export interface Budget {
  /** Most sockets that a phone has open at one time. */
  readonly descriptorsPerPhone: number;
  /** Of the fullest agent, with what the process needs for itself. */
  readonly descriptorsPerAgent: number;
  readonly descriptorLimit: number;
  readonly agents: number;
  readonly threadsPerAgent: number;
  /** Agents times threads: as many shards. */
  readonly workers: number;
  readonly phonesPerWorker: number;
  /** Null: the host's own, shared by all. */
  readonly sourceAddresses: number | null;
  readonly phonesPerSourceAddress: number;
  /** Ephemeral ports of one source address. */
  readonly portsPerSourceAddress: number;
  /** Phones that lose power vanish; otherwise they close their connections in order. */
  readonly vanish: boolean;
  readonly warnings: readonly string[];
}

/** Standard streams, IPC, event loop, libraries, files: what a process has open before the first phone. */
const DESCRIPTORS_PER_PROCESS = 100;
/** Event loop, message ports and the relay endpoint of a thread. */
const DESCRIPTORS_PER_THREAD = 16;
const MOST_CONNECTIONS = 3;
/** More processes than this cost more than they bring on one machine. */
const MOST_AGENTS = 64;
/** Below this a second thread is not worth its start. */
export const PHONES_PER_THREAD = 1000;
/** A port rests for a minute after its connection (TIME_WAIT): phones that boot again need more than one. */
const COMFORTABLE_SHARE_OF_PORTS = 0.5;

/**
 * Whether the machine can carry the plan, and with how many agents and workers. Pure: nothing is opened. Throws
 * `too-few-descriptors`, `too-few-ports`, or `invalid-scenario` for fewer relay addresses than workers.
 */
export function planBudget(plan: RunPlan, capacity: Capacity): Budget {
  const warnings: string[] = [];
  const descriptorsPerPhone = socketsPerPhone(plan);
  const workers = chooseWorkers(plan, capacity, descriptorsPerPhone);
  const { agents, threads } = workers;
  checkRelays(plan, agents * threads);
  const phonesPerWorker = Math.ceil(plan.phoneCount / (agents * threads));
  const ports = portsOf(plan, capacity, warnings);
  if (agents * threads > capacity.cpus) {
    warnings.push(`${agents * threads} workers share ${capacity.cpus} processors: watch the lateness`);
  }
  return {
    descriptorsPerPhone,
    descriptorsPerAgent: agentReserve(threads) + phonesPerWorker * threads * descriptorsPerPhone,
    descriptorLimit: capacity.descriptorLimit,
    agents,
    threadsPerAgent: threads,
    workers: agents * threads,
    phonesPerWorker,
    ...ports,
    vanish: phonesVanish(plan, capacity, warnings),
    warnings,
  };
}

/** Whether phones that lose power can go without a word, as real ones do. */
function phonesVanish(plan: RunPlan, capacity: Capacity, warnings: string[]): boolean {
  if (plan.cuts.length === 0) return false;
  const obstacle = plan.vanish ? vanishObstacle(plan, capacity) : 'the scenario says `connections: close`';
  if (obstacle === null) return true;
  warnings.push(`connections of phones that lose power are closed in order, not vanished: ${obstacle}`);
  return false;
}

function vanishObstacle({ sourceAddresses, phoneCount }: RunPlan, capacity: Capacity): string | null {
  if (sourceAddresses === null) return 'phones share the host’s address';
  if (poolSize(sourceAddresses) < phoneCount) return 'phones share source addresses';
  return capacity.blackholeObstacle;
}

/**
 * One UDP port or HTTP connection while it transfers or resolves, and its connections to CallManagers. DHCP goes
 * through the relay's.
 */
function socketsPerPhone(plan: RunPlan): number {
  const { skip } = plan.boot;
  const transfers = skip.ctl && skip.config ? 0 : 1;
  return transfers + (skip.callManager ? 0 : connectionsPerPhone(plan));
}

/**
 * A phone in service has two, and three while it is at the second of three, or changes its reserve: the registration, a
 * reserve below and a monitored one above. Where the group is not known it is
 * taken to have three members, and an SRST reference.
 */
function connectionsPerPhone({ boot, target }: RunPlan): number {
  if (!boot.sccp.standby) return 1;
  const inLab = target.type === 'lab' ? target.settings.callManagers : MOST_CONNECTIONS;
  const hasSrst = target.type === 'lab' ? target.settings.srst : !boot.skip.config;
  return Math.min((boot.callManagers?.length ?? inLab) + (hasSrst ? 1 : 0), MOST_CONNECTIONS);
}

/** The phone closes each HTTP connection, so that its port rests: one for each file of a boot. */
function restingPortsPerPhone({ boot }: RunPlan): number {
  if (boot.files.transport === 'tftp') return 0;
  const trustLists = boot.skip.ctl ? 0 : trustListFileNames('', boot.sccp.protocolVersion).length;
  return trustLists + (boot.skip.config ? 0 : 1);
}

function chooseWorkers(
  plan: RunPlan,
  capacity: Capacity,
  descriptorsPerPhone: number,
): { agents: number; threads: number } {
  const { phoneCount } = plan;
  const wanted = Math.max(
    1,
    Math.min(usableCpus(plan, capacity.cpus), Math.ceil(phoneCount / PHONES_PER_THREAD)),
  );
  const threadsFor = (agents: number): number =>
    plan.workers.threads === 'auto' ? Math.max(1, Math.floor(wanted / agents)) : plan.workers.threads;
  const fits = (agents: number): boolean => {
    const threads = threadsFor(agents);
    const phones = Math.ceil(phoneCount / (agents * threads)) * threads;
    return agentReserve(threads) + phones * descriptorsPerPhone <= capacity.descriptorLimit;
  };
  let agents = plan.workers.agents === 'auto' ? 1 : plan.workers.agents;
  if (plan.workers.agents === 'auto') while (agents < MOST_AGENTS && !fits(agents)) agents++;
  if (fits(agents)) return { agents, threads: threadsFor(agents) };
  const room = Math.max(0, capacity.descriptorLimit - agentReserve(threadsFor(agents)));
  const phones = descriptorsPerPhone === 0 ? phoneCount : Math.floor(room / descriptorsPerPhone) * agents;
  const perAgent = Math.ceil(phoneCount / agents) * descriptorsPerPhone + agentReserve(threadsFor(agents));
  throw new BootstormError(
    'too-few-descriptors',
    `${phoneCount} phones in ${agents} ${agents === 1 ? 'process' : 'processes'} need ${perAgent} descriptors each; the limit is ${capacity.descriptorLimit}, enough for ${phones} phones`,
    { hint: `raise it with \`ulimit -n ${perAgent}\`, take more agents, or boot fewer phones` },
  );
}

/** The lab's processes want about half of the machine, and the coordinator little. */
export function usableCpus(plan: RunPlan, cpus: number): number {
  return plan.target.type === 'lab' ? Math.floor(cpus / 2) : cpus - 1;
}

function agentReserve(threads: number): number {
  return DESCRIPTORS_PER_PROCESS + threads * DESCRIPTORS_PER_THREAD;
}

function checkRelays({ relayAddresses }: RunPlan, workers: number): void {
  if (relayAddresses === null || poolSize(relayAddresses) >= workers) return;
  throw new BootstormError(
    'invalid-scenario',
    `target.dhcp.relayAddresses: ${workers} workers need a relay address each, there are ${poolSize(relayAddresses)}`,
    { hint: 'name more relay addresses, or set workers.agents and workers.threads lower' },
  );
}

/**
 * A local port can be used once for each (source address, destination): all phones of one source address may be
 * connected to the same CallManager, and each may have a UDP port besides.
 */
function portsOf(
  plan: RunPlan,
  { ephemeralPorts }: Capacity,
  warnings: string[],
): Pick<Budget, 'sourceAddresses' | 'phonesPerSourceAddress' | 'portsPerSourceAddress'> {
  const size = plan.sourceAddresses === null ? null : poolSize(plan.sourceAddresses);
  const phonesPerSourceAddress = Math.ceil(plan.phoneCount / (size ?? 1));
  const portsPerSourceAddress = Math.max(0, ephemeralPorts.last - ephemeralPorts.first + 1);
  const needed = socketsPerPhone(plan) === 0 ? 0 : phonesPerSourceAddress;
  const resting = needed * restingPortsPerPhone(plan);
  if (needed > portsPerSourceAddress) {
    const addresses = Math.ceil(plan.phoneCount / portsPerSourceAddress);
    throw new BootstormError(
      'too-few-ports',
      `${needed} phones share a source address that has ${portsPerSourceAddress} ports (${ephemeralPorts.first}-${ephemeralPorts.last})`,
      {
        hint: Number.isFinite(addresses)
          ? `give at least ${addresses} addresses in sourceAddresses, or widen net.ipv4.ip_local_port_range`
          : 'widen net.ipv4.ip_local_port_range',
      },
    );
  }
  if (needed + resting > portsPerSourceAddress * COMFORTABLE_SHARE_OF_PORTS) {
    warnings.push(
      `${needed} phones on a source address with ${portsPerSourceAddress} ports: ${resting === 0 ? 'phones that boot again may find none free for a minute' : 'each file over HTTP takes one, for a minute after it'}`,
    );
  }
  return { sourceAddresses: size, phonesPerSourceAddress, portsPerSourceAddress };
}
