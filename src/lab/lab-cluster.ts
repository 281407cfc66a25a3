/**
 * The embedded lab: a CallManager cluster on loopback, small enough to come with the program. Each role is a process
 * of its own (DHCP and DNS share one), so that neither their load nor their descriptors are the generator's. A node
 * holds a descriptor for each phone: one process with the usual limit of 20,000 has room for more than 10,000.
 */
import { createSocket } from 'node:dgram';
import { monotonicMilliseconds } from '../drivers/clock.ts';
import { BootstormError } from '../errors.ts';
import type { LabEvent, RunOrigin } from '../scenario/lab-events.ts';
import type { LabFault } from '../scenario/lab-faults.ts';
import type { LabSettings } from '../scenario/lab-settings.ts';
import type { LabEndpoints, SecureEndpoints } from '../scenario/plan.ts';
import { bindUdp, requireLoopback } from './bind.ts';
import { callManagerName, callManagerService } from './call-manager.ts';
import type { ClusterCertificates } from './cluster-certificates.ts';
import { callManagerPlaces, labLimits } from './describe.ts';
import type { TemporaryStore } from '../pki/temporary-store.ts';
import { after } from './fault-table.ts';
import { LabChild } from './lab-child.ts';
import { LabClock } from './lab-clock.ts';
import { type ExecutedEvent, LabConductor } from './lab-conductor.ts';
import type {
  CallManagerNode,
  CertificateChange,
  HostPort,
  LabPhones,
  LabRole,
  LabStats,
  NamedServer,
  StartOrder,
} from './lab-contract.ts';
import { groupOf, type LabNode, portsOf, roleOf, titleOf } from './lab-nodes.ts';
import { phoneCertificatesFor } from './phone-certificates.ts';
import { clusterCertificatesFor, secretsOf } from './role-secrets.ts';
import { tlsPortName } from './tls-port.ts';

export interface LabCluster {
  readonly endpoints: LabEndpoints;
  /** What the lab is and is not, one line each: the heading of every report of a lab run. */
  readonly limits: readonly string[];
  /** Of the lab's processes, for tests and traces. */
  readonly pids: readonly number[];
  /** Counts of every service, by its name; a process that has ended has none. Those of CallManagers cost nothing. */
  stats(of?: 'all' | 'callManagers'): Promise<LabStats>;
  /** Replaces the faults of all services. */
  setFaults(faults: readonly LabFault[]): void;
  /** SIGKILL. Resolves when the process is gone; its sockets end as the kernel ends them. */
  kill(node: LabNode): Promise<void>;
  /**
   * A new process on the same ports, which knows nothing of what the old one did. Kills the old one where it still
   * runs. Rejects as `startLab` does.
   */
  restart(node: LabNode): Promise<void>;
  /** A run tells when it has begun, or its hold has, on CLOCK_MONOTONIC: faults and events that count from it do so. */
  announce(origin: RunOrigin, atMs: number): void;
  /** Called when an event of the schedule is executed; `atMs` is on CLOCK_MONOTONIC. */
  onEvent(listener: (event: ExecutedEvent) => void): void;
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

type ClusterFacts = Pick<StartOrder, 'callManagers' | 'srst' | 'secure' | 'tftp' | 'dhcpReplyPort'>;

/** A role, what its process was told, and the process while there is one. */
interface Member {
  readonly role: LabRole;
  readonly facts: ClusterFacts;
  child: LabChild | null;
  /** Orders to a process are carried out one after the other. */
  turn: Promise<void>;
}

class ForkedLab implements LabCluster {
  endpoints: LabEndpoints;
  limits: readonly string[];
  #settings: LabSettings;
  readonly #database: LabPhones;
  readonly #members = new Map<LabNode, Member>();
  readonly #clock = new LabClock(monotonicMilliseconds, {
    lab: monotonicMilliseconds(),
    start: null,
    hold: null,
  });
  readonly #conductor: LabConductor;
  /** By service: as the settings have them at first, then as they came to be. */
  #ports: Readonly<Record<string, number>>;
  readonly #failureListeners: ((error: BootstormError) => void)[] = [];
  readonly #eventListeners: ((event: ExecutedEvent) => void)[] = [];
  #certificates: ClusterCertificates | null = null;
  /** Made for the phones of this lab, where they have none. */
  #phoneCertificates: TemporaryStore | null = null;
  /** What CAPF has changed: a file server that is started again has to know. */
  readonly #changes = new Map<string, CertificateChange>();
  #stopped = false;

  constructor(settings: LabSettings, database: LabPhones) {
    this.#settings = settings;
    // A run's whole plan may be given: the processes need no more of it than this.
    this.#database = { phones: database.phones, phoneCount: database.phoneCount };
    this.limits = labLimits(settings);
    this.#ports = portsOf(settings);
    this.#conductor = new LabConductor({
      events: settings.events,
      faults: settings.faults,
      now: monotonicMilliseconds,
      schedule: after,
      execute: (event) => this.#execute(event),
      executed: (event) => {
        if (this.#stopped) return;
        for (const listener of this.#eventListeners) listener(event);
      },
    });
    const nowhere = { host: settings.address, port: 0 };
    this.endpoints = {
      dhcp: nowhere,
      dhcpReplyPort: 0,
      dns: nowhere,
      tftp: [],
      http: nowhere,
      callManagers: [],
      srst: null,
      secure: null,
    };
  }

  /** CallManagers first: the files name them, and leases name the TFTP server. */
  async start(): Promise<void> {
    await this.#makeCertificates();
    const settings = this.#settings;
    const nothing: ClusterFacts = { callManagers: [], srst: null, secure: null, tftp: [], dhcpReplyPort: 0 };
    const [srst, ...callManagers] = await Promise.all([
      settings.srst ? this.#startCallManager('srst', nothing) : null,
      ...groupOf(settings).map((node) => this.#startCallManager(node, nothing)),
    ]);
    const secure = this.#certificates === null ? null : await this.#startSecurity(nothing);
    const servers = { callManagers: callManagers.flatMap((one) => one ?? []), srst: srst ?? null, secure };
    const files = await this.#startRole('tftp', { ...nothing, ...servers });
    const tftp = [required(files['tftp'])];
    // Held until the other ports of this address have been given out.
    const reply = createSocket('udp4');
    const { port: dhcpReplyPort } = await bindUdp(
      reply,
      settings.address,
      settings.ports.dhcpReply,
      'DHCP reply port',
    );
    const network = await this.#startRole('network', { ...servers, tftp, dhcpReplyPort }).finally(() =>
      reply.close(),
    );
    this.endpoints = {
      dhcp: required(network['dhcp']),
      dhcpReplyPort,
      dns: required(network['dns']),
      tftp,
      http: required(files['http']),
      callManagers: servers.callManagers.map(({ host, port }) => ({ host, port })),
      srst: servers.srst && { host: servers.srst.host, port: servers.srst.port },
      secure,
    };
    this.limits = [...labLimits(settings), callManagerPlaces(this.endpoints)];
  }

  async #makeCertificates(): Promise<void> {
    this.#phoneCertificates = await phoneCertificatesFor(this.#settings, this.#database);
    const { security } = this.#settings;
    const certificates = this.#phoneCertificates?.folder ?? security.certificates;
    this.#settings = { ...this.#settings, security: { ...security, certificates } };
    this.#certificates = await clusterCertificatesFor(this.#settings);
  }

  async #startSecurity(facts: ClusterFacts): Promise<SecureEndpoints> {
    const { address } = this.#settings;
    const { capf, tvs } = await this.#startRole('security', facts);
    const ports = groupOf(this.#settings).flatMap((node) => this.#ports[tlsPortName(node)] || []);
    return {
      callManagers: ports.map((port) => ({ host: address, port })),
      capf: required(capf),
      tvs: required(tvs),
      certificates: this.#phoneCertificates?.folder ?? null,
    };
  }

  get pids(): number[] {
    return this.#children.flatMap(({ pid }) => pid ?? []);
  }

  async stats(of: 'all' | 'callManagers' = 'all'): Promise<LabStats> {
    const asked = [...this.#members.values()].filter(
      ({ role }) => of === 'all' || role.type === 'callManager',
    );
    const parts = await Promise.all(asked.flatMap(({ child }) => child?.stats() ?? []));
    return Object.fromEntries(parts.flatMap((part) => Object.entries(part)));
  }

  setFaults(faults: readonly LabFault[]): void {
    this.#settings = { ...this.#settings, faults: [...faults] };
    for (const child of this.#children) child.tell({ type: 'faults', faults });
  }

  kill(node: LabNode): Promise<void> {
    return this.#inTurn(node, killChild);
  }

  restart(node: LabNode): Promise<void> {
    return this.#inTurn(node, async (member) => {
      await killChild(member);
      if (!this.#stopped) await this.#startMember(member);
    });
  }

  announce(origin: RunOrigin, atMs: number): void {
    this.#clock.announce(origin, atMs);
    for (const child of this.#children) child.tell({ type: 'announce', origin, atMs });
    this.#conductor.announce(origin, atMs);
  }

  onEvent(listener: (event: ExecutedEvent) => void): void {
    this.#eventListeners.push(listener);
  }

  onFailure(listener: (error: BootstormError) => void): void {
    this.#failureListeners.push(listener);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#children.map((child) => child.stop()));
    this.#members.clear();
    this.#phoneCertificates?.close();
  }

  get #children(): LabChild[] {
    return [...this.#members.values()].flatMap(({ child }) => child ?? []);
  }

  #member(node: LabNode): Member {
    const member = this.#members.get(node);
    if (member === undefined) throw new RangeError(`the lab has no ${titleOf(roleOf(node))}`);
    return member;
  }

  #inTurn(node: LabNode, order: (member: Member) => Promise<void>): Promise<void> {
    const member = this.#member(node);
    const done = member.turn.then(() => order(member));
    // A failure is the caller's; the next order does not wait for it.
    member.turn = done.catch(() => {});
    return done;
  }

  #execute({ do: deed, node, resetType, perSecond }: LabEvent): void {
    if (this.#stopped) return;
    for (const one of node === 'all' ? groupOf(this.#settings) : [node]) {
      if (deed === 'reset') this.#member(one).child?.tell({ type: 'reset', resetType, perSecond });
      else this[deed](one).catch((error: unknown) => this.#fail(error));
    }
  }

  #fail(error: unknown): void {
    if (this.#stopped) return;
    if (!(error instanceof BootstormError)) throw error;
    for (const listener of this.#failureListeners) listener(error);
  }

  async #startCallManager(node: CallManagerNode, facts: ClusterFacts): Promise<NamedServer> {
    const endpoints = await this.#startRole(node, facts);
    return { name: callManagerName(node), ...required(endpoints[callManagerService(node)]) };
  }

  async #startRole(node: LabNode, facts: ClusterFacts): Promise<Readonly<Record<string, HostPort>>> {
    const member: Member = { role: roleOf(node), facts, child: null, turn: Promise.resolve() };
    this.#members.set(node, member);
    return this.#startMember(member);
  }

  async #startMember(member: Member): Promise<Readonly<Record<string, HostPort>>> {
    const { role, facts } = member;
    const child = new LabChild(
      titleOf(role),
      (error) => this.#fail(error),
      (change) => this.#onCertificate(change),
    );
    member.child = child;
    const endpoints = await child.start({
      type: 'start',
      role,
      settings: this.#settings,
      database: this.#database,
      ports: this.#ports,
      origins: this.#clock.origins,
      secrets: secretsOf(role, this.#settings, this.#certificates),
      ...facts,
    });
    const ports = Object.entries(endpoints).map(([service, { port }]) => [service, port] as const);
    this.#ports = { ...this.#ports, ...Object.fromEntries(ports) };
    if (role.type === 'tftp')
      for (const change of this.#changes.values()) child.tell({ type: 'certificate', change });
    return endpoints;
  }

  #onCertificate(change: CertificateChange): void {
    this.#changes.set(change.deviceName, change);
    this.#members.get('tftp')?.child?.tell({ type: 'certificate', change });
  }
}

async function killChild(member: Member): Promise<void> {
  const { child } = member;
  member.child = null;
  await child?.kill();
}

function required(endpoint: HostPort | undefined): HostPort {
  if (endpoint === undefined)
    throw new BootstormError('lab-failed', 'a process of the lab did not say where it is');
  return endpoint;
}
