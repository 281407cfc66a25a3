/**
 * The embedded lab: a CallManager cluster on loopback, small enough to come with the program. Each role is a process
 * of its own (DHCP and DNS share one), so that neither their load nor their descriptors are the generator's. A node
 * holds a descriptor for each phone: one process with the usual limit of 20,000 has room for more than 10,000.
 */
import { createSocket } from 'node:dgram';
import { BootstormError } from '../errors.ts';
import type { LabFault } from '../scenario/lab-faults.ts';
import type { LabSettings } from '../scenario/lab-settings.ts';
import type { LabEndpoints } from '../scenario/plan.ts';
import { bindUdp, requireLoopback } from './bind.ts';
import { callManagerName } from './call-manager.ts';
import { labLimits } from './describe.ts';
import { LabChild } from './lab-child.ts';
import type { HostPort, LabPhones, LabRole, LabStats, NamedServer, StartOrder } from './lab-contract.ts';

export interface LabCluster {
  readonly endpoints: LabEndpoints;
  /** What the lab is and is not, one line each: the heading of every report of a lab run. */
  readonly limits: readonly string[];
  /** Of the lab's processes, for tests and traces. */
  readonly pids: readonly number[];
  /** Counts of every service, by its name; a process that has ended has none. */
  stats(): Promise<LabStats>;
  /** Replaces the faults of all services. */
  setFaults(faults: readonly LabFault[]): void;
  /** Called when a process of the lab ends without being asked to. */
  onFailure(listener: (error: BootstormError) => void): void;
  stop(): Promise<void>;
}

/**
 * Starts all processes. Rejects with `address-in-use`, `address-not-local` or `lab-failed`; then nothing of it is left
 * running.
 */
export async function startLab(settings: LabSettings, database: LabPhones): Promise<LabCluster> {
  requireLoopback(settings.address, 'services');
  const lab = new ForkedLab(settings, database);
  try {
    await lab.start();
  } catch (error) {
    await lab.stop();
    throw error;
  }
  return lab;
}

type ClusterFacts = Pick<StartOrder, 'callManagers' | 'tftp' | 'dhcpReplyPort'>;

class ForkedLab implements LabCluster {
  endpoints: LabEndpoints;
  readonly limits: readonly string[];
  readonly #settings: LabSettings;
  readonly #database: LabPhones;
  readonly #children: LabChild[] = [];
  readonly #listeners: ((error: BootstormError) => void)[] = [];

  constructor(settings: LabSettings, database: LabPhones) {
    this.#settings = settings;
    // A run's whole plan may be given: the processes need no more of it than this.
    this.#database = { phones: database.phones, phoneCount: database.phoneCount };
    this.limits = labLimits(settings);
    const nowhere = { host: settings.address, port: 0 };
    this.endpoints = { dhcp: nowhere, dhcpReplyPort: 0, dns: nowhere, tftp: [], callManagers: [] };
  }

  /** CallManagers first: the files name them, and leases name the TFTP server. */
  async start(): Promise<void> {
    const settings = this.#settings;
    const nothing: ClusterFacts = { callManagers: [], tftp: [], dhcpReplyPort: 0 };
    const nodes = Array.from({ length: settings.callManagers }, (_, node) => node);
    const callManagers = await Promise.all(nodes.map((node) => this.#startCallManager(node, nothing)));
    const tftp = [required((await this.#startRole({ type: 'tftp' }, { ...nothing, callManagers }))['tftp'])];
    // Held until the other ports of this address have been given out.
    const reply = createSocket('udp4');
    const { port: dhcpReplyPort } = await bindUdp(
      reply,
      settings.address,
      settings.ports.dhcpReply,
      'DHCP reply port',
    );
    const network = await this.#startRole({ type: 'network' }, { callManagers, tftp, dhcpReplyPort }).finally(
      () => reply.close(),
    );
    this.endpoints = {
      dhcp: required(network['dhcp']),
      dhcpReplyPort,
      dns: required(network['dns']),
      tftp,
      callManagers: callManagers.map(({ host, port }) => ({ host, port })),
    };
  }

  get pids(): number[] {
    return this.#children.flatMap(({ pid }) => pid ?? []);
  }

  async stats(): Promise<LabStats> {
    const parts = await Promise.all(this.#children.map((child) => child.stats()));
    return Object.fromEntries(parts.flatMap((part) => Object.entries(part)));
  }

  setFaults(faults: readonly LabFault[]): void {
    for (const child of this.#children) child.tell({ type: 'faults', faults });
  }

  onFailure(listener: (error: BootstormError) => void): void {
    this.#listeners.push(listener);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.stop()));
    this.#children.length = 0;
  }

  async #startCallManager(node: number, facts: ClusterFacts): Promise<NamedServer> {
    const endpoints = await this.#startRole({ type: 'callManager', node }, facts);
    return { name: callManagerName(node), ...required(endpoints[`callManager${node + 1}`]) };
  }

  #startRole(role: LabRole, facts: ClusterFacts): Promise<Readonly<Record<string, HostPort>>> {
    const name = role.type === 'callManager' ? `CallManager ${role.node + 1}` : role.type;
    const child = new LabChild(name, (error) => {
      for (const listener of this.#listeners) listener(error);
    });
    this.#children.push(child);
    return child.start({ type: 'start', role, settings: this.#settings, database: this.#database, ...facts });
  }
}

function required(endpoint: HostPort | undefined): HostPort {
  if (endpoint === undefined)
    throw new BootstormError('lab-failed', 'a process of the lab did not say where it is');
  return endpoint;
}
