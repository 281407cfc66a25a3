/**
 * A CallManager node of the lab: SCCP over TCP as a server sees it. It registers the phones of its database (and
 * others, when auto-registration is on), answers what they ask, and drops those that fall silent.
 *
 * - RegisterAck and CapabilitiesReq leave in one segment, and the version is the lower of both sides, as CUCM does
 *   (a public capture of an IOS bridge registering, nDPI's sccp_hw_conf_register.pcapng).
 * - KeepAlive is acknowledged on connections without registration as well (standby connections).
 * - Of two connections with one device name the older one is closed, or both are after RegisterReject "Crossover
 *   session" (chan-sccp): `secondRegistration`. Real servers differ here.
 * - A connection on which nothing is heard for three keepalive intervals is dropped (chan_skinny; chan-sccp drops at
 *   1.2): the first interval of RegisterAck for a registered phone, the second one for any other connection.
 * - More than `registeredPhones` devices are rejected (CUCM: Maximum Number of Registered Devices, alarm
 *   NumberOfRegisteredDevicesExceeded).
 * - While a `refuse` fault hits everybody, nobody listens: connections are refused as by a node whose CallManager
 *   service has not yet initialised.
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { LabFault } from '../scenario/lab-faults.ts';
import type { LabSettings } from '../scenario/lab-settings.ts';
import { listenTcp } from './bind.ts';
import { FaultTable } from './fault-table.ts';
import type { HostPort, LabService, NamedServer, ServiceStats } from './lab-contract.ts';
import type { PhoneDirectory } from './phone-directory.ts';
import { RateLimit } from './rate-limit.ts';
import { Station } from './station.ts';
import { encodeGreeting } from './station-answers.ts';

export interface CallManagerFacts {
  /** Place in the group, from 0. */
  readonly node: number;
  readonly settings: LabSettings;
  readonly directory: PhoneDirectory;
  /** Milliseconds since the lab was started. */
  readonly now: () => number;
}

/** DNS name of a node. */
export function callManagerName(node: number): string {
  return `cucm${node + 1}.lab`;
}

/** Also how exact the beginning and end of a `refuse` fault are. */
const SWEEP_MS = 100;
const SILENT_INTERVALS = 3;

export class CallManager implements LabService {
  readonly name: string;
  readonly facts: CallManagerFacts;
  readonly faults: FaultTable;
  endpoint: HostPort = { host: '', port: 0 };
  /**
   * connections = refused + connectedNow + closed, and
   * registrations = registeredNow + unregistrations + takenOver + droppedSilent + lost.
   */
  readonly counts = {
    connections: 0,
    refused: 0,
    closed: 0,
    registrations: 0,
    rejections: 0,
    unregistrations: 0,
    takenOver: 0,
    droppedSilent: 0,
    /** Registrations that ended because the connection did. */
    lost: 0,
    /** Connections without registration that were dropped. */
    droppedIdle: 0,
    keepAlives: 0,
    malformed: 0,
    unknownMessages: 0,
  };
  readonly #server: Server;
  readonly #stations = new Set<Station>();
  /** By device name. */
  readonly #registered = new Map<string, Station>();
  readonly #greetings = new Map<number, Uint8Array>();
  readonly #pace: RateLimit;
  readonly #sweep: NodeJS.Timeout;
  /** `opening` from the call of `listen` to its result. */
  #listening: 'yes' | 'no' | 'opening' = 'no';

  constructor(facts: CallManagerFacts) {
    const { settings, node, now } = facts;
    this.name = `callManager${node + 1}`;
    this.facts = facts;
    this.faults = new FaultTable('sccp', settings.faults, now);
    this.#pace = new RateLimit(settings.limits.registrationsPerSecond, now);
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    // Out of descriptors: the connection waits in the backlog, or is lost with it.
    this.#server.on('error', () => {});
    this.#sweep = setInterval(() => this.#onSweep(), SWEEP_MS).unref();
  }

  async start(port: number): Promise<void> {
    this.endpoint = await this.#listen(port);
    this.#openOrClose();
  }

  /** As the phones know it. */
  get namedServer(): NamedServer {
    return { name: callManagerName(this.facts.node), ...this.endpoint };
  }

  stats(): ServiceStats {
    return {
      ...this.counts,
      connectedNow: this.#stations.size,
      registeredNow: this.#registered.size,
      faults: this.faults.met,
    };
  }

  setFaults(faults: readonly LabFault[]): void {
    this.faults.set(faults);
    this.#openOrClose();
  }

  close(): void {
    clearInterval(this.#sweep);
    this.#server.close();
    for (const station of this.#stations) station.destroy();
  }

  /** Why a device may not register, or null. Texts: chan-sccp for the first, ours for the second. */
  objectionTo(deviceName: string): string | null {
    const { settings, directory } = this.facts;
    if (!settings.autoRegistration && !directory.holds(deviceName)) return 'Device Unknown';
    const most = settings.limits.registeredPhones ?? Number.POSITIVE_INFINITY;
    const full = this.#registered.size >= most && !this.#registered.has(deviceName);
    return full ? 'Device limit exceeded' : null;
  }

  /** Milliseconds until the next RegisterAck is within the limit: a place in the queue is taken. */
  registrationWaitMs(): number {
    return this.#pace.queue() + this.facts.settings.serviceTimes.registerMs;
  }

  /** What a phone hears when it has registered: the same for all of a version. */
  greeting(version: number): Uint8Array {
    let frames = this.#greetings.get(version);
    if (frames === undefined) {
      frames = encodeGreeting(this.facts.settings, version);
      this.#greetings.set(version, frames);
    }
    return frames;
  }

  /** Another connection that has registered this name. */
  otherHolder(deviceName: string, station: Station): Station | null {
    const holder = this.#registered.get(deviceName);
    return holder === undefined || holder === station ? null : holder;
  }

  /** The name is this connection's from now on; an older one loses it and is closed. */
  register(deviceName: string, station: Station): void {
    const older = this.#registered.get(deviceName);
    this.#registered.set(deviceName, station);
    if (older === station) return;
    this.counts.registrations++;
    if (older === undefined) return;
    this.counts.takenOver++;
    older.end();
  }

  /** Whether the name was this connection's. */
  #release(station: Station): boolean {
    const { deviceName } = station;
    return (
      deviceName !== null &&
      this.#registered.get(deviceName) === station &&
      this.#registered.delete(deviceName)
    );
  }

  unregister(station: Station): void {
    if (this.#release(station)) this.counts.unregistrations++;
  }

  /** The connection is closed. */
  forget(station: Station): void {
    if (!this.#stations.delete(station)) return;
    this.counts.closed++;
    if (this.#release(station)) this.counts.lost++;
  }

  #accept(socket: Socket): void {
    this.counts.connections++;
    if (this.faults.pick('', ['refuse']) === null) {
      this.#stations.add(new Station(this, socket));
      return;
    }
    this.counts.refused++;
    socket.on('error', () => {});
    socket.resetAndDestroy();
  }

  #onSweep(): void {
    this.#openOrClose();
    const { keepAliveSeconds, secondaryKeepAliveSeconds } = this.facts.settings;
    const now = this.facts.now();
    for (const station of this.#stations) {
      const registered = station.deviceName !== null && this.#registered.get(station.deviceName) === station;
      const intervalMs = (registered ? keepAliveSeconds : secondaryKeepAliveSeconds) * 1000;
      if (now - station.heardAt <= intervalMs * SILENT_INTERVALS) continue;
      if (this.#release(station)) this.counts.droppedSilent++;
      else this.counts.droppedIdle++;
      station.destroy();
    }
  }

  /** Connections that are open stay open: a listening socket is all that comes and goes. */
  #openOrClose(): void {
    const refusing = this.faults.hitsAll('refuse');
    if (refusing && this.#listening === 'yes') {
      this.#listening = 'no';
      this.#server.close();
    } else if (!refusing && this.#listening === 'no') {
      // Somebody else may have taken the port: the next sweep tries again.
      this.#listen(this.endpoint.port).catch(() => {});
    }
  }

  async #listen(port: number): Promise<HostPort> {
    const { address, limits } = this.facts.settings;
    this.#listening = 'opening';
    try {
      const what = `CallManager ${this.facts.node + 1}`;
      const endpoint = await listenTcp(this.#server, address, port, limits.backlog, what);
      this.#listening = 'yes';
      return endpoint;
    } catch (error) {
      this.#listening = 'no';
      throw error;
    }
  }
}
