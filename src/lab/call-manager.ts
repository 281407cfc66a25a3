/**
 * A CallManager node of the lab: SCCP over TCP as a server sees it. It registers the phones of its database (and
 * others, when auto-registration is on), answers what they ask, and drops those that fall silent.
 *
 * - RegisterAck and CapabilitiesReq leave in one segment, and the version is the lower of both sides, as CUCM does
 *   (a public capture of an IOS bridge registering, nDPI's sccp_hw_conf_register.pcapng).
 * - KeepAlive is acknowledged on connections without registration as well (standby connections).
 * - What a second connection with a device's name meets is a setting, `secondRegistration`: real servers differ. A
 *   phone that vanished is such a first connection until its keepalives run out.
 * - A connection on which nothing is heard for three keepalive intervals (`silentIntervals`; chan_skinny has 3) is
 *   dropped: the first interval of RegisterAck for a registered phone, the second one for any other connection.
 * - RegisterTokenReq is queued: `TokenQueue`.
 * - Beyond `registrationsPerSecond` registrations wait for their turn, and beyond `registrationQueue` they do not.
 * - More than `registeredPhones` devices are rejected (CUCM: Maximum Number of Registered Devices, alarm
 *   NumberOfRegisteredDevicesExceeded).
 * - While a `refuse` fault hits everybody, nobody listens: connections are refused as by a node whose CallManager
 *   service has not yet initialised.
 */
import type { Socket } from 'node:net';
import type { ResetPace } from '../scenario/lab-events.ts';
import type { LabFault } from '../scenario/lab-faults.ts';
import type { LabSettings } from '../scenario/lab-settings.ts';
import { objectionToSecurity } from './device-security.ts';
import { after, FaultTable } from './fault-table.ts';
import { GatedListener } from './gated-listener.ts';
import type { KeepAliveIntervals } from './keep-alive-intervals.ts';
import type { LabClock } from './lab-clock.ts';
import type {
  CallManagerNode,
  HostPort,
  LabService,
  NamedServer,
  ResetType,
  ServiceStats,
} from './lab-contract.ts';
import type { PhoneDirectory } from './phone-directory.ts';
import { RateLimit } from './rate-limit.ts';
import { Station, type StationConnection } from './station.ts';
import { encodeGreeting } from './station-answers.ts';
import { TokenQueue } from './token-queue.ts';

export interface CallManagerFacts {
  readonly node: CallManagerNode;
  readonly settings: LabSettings;
  readonly directory: PhoneDirectory;
  readonly clock: LabClock;
}

/** DNS name of a node. */
export function callManagerName(node: CallManagerNode): string {
  return node === 'srst' ? 'srst.lab' : `cucm${node}.lab`;
}

/** Name of a node as a service of the lab. */
export function callManagerService(node: CallManagerNode): string {
  return node === 'srst' ? 'srst' : `callManager${node}`;
}

/** Highest version of an SRST router. General knowledge, no source. */
const SRST_PROTOCOL_VERSION = 17;

/** An SRST router has no database: it registers any phone. */
export function settingsOf(node: CallManagerNode, settings: LabSettings): LabSettings {
  if (node !== 'srst') return settings;
  return { ...settings, autoRegistration: true, protocolVersion: SRST_PROTOCOL_VERSION };
}

/** A connection to the port without TLS. */
function inClear(stream: Socket): StationConnection {
  return { stream, security: 'none', certifiedDevice: null, abort: () => stream.resetAndDestroy() };
}

/** Also how exact the beginning and end of a `refuse` fault are. */
const SWEEP_MS = 100;

export class CallManager implements LabService {
  readonly name: string;
  readonly facts: CallManagerFacts;
  readonly faults: FaultTable;
  readonly tokens: TokenQueue;
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
    /** Of these, in another security mode than the device's, or with the certificate of another device. */
    securityMismatches: 0,
    /** Register beyond the queue. */
    overLimit: 0,
    unregistrations: 0,
    takenOver: 0,
    droppedSilent: 0,
    /** Registrations that ended because the connection did. */
    lost: 0,
    /** Connections without registration that were dropped. */
    droppedIdle: 0,
    messages: 0,
    keepAlives: 0,
    resetsSent: 0,
    malformed: 0,
    unknownMessages: 0,
  };
  readonly #listener: GatedListener;
  readonly #stations = new Set<Station>();
  /** By device name. */
  readonly #registered = new Map<string, Station>();
  /** By version and intervals. */
  readonly #greetings = new Map<string, Uint8Array>();
  readonly #pace: RateLimit;
  readonly #sweep: NodeJS.Timeout;

  constructor(facts: CallManagerFacts) {
    const { settings, node, clock } = facts;
    this.name = callManagerService(node);
    this.facts = facts;
    this.faults = new FaultTable('sccp', [], clock);
    this.faults.set(this.#mine(settings.faults));
    this.tokens = new TokenQueue(settings.tokens, clock.now);
    this.#pace = new RateLimit(settings.limits.registrationsPerSecond, clock.now);
    const what = node === 'srst' ? 'SRST router' : `CallManager ${node}`;
    this.#listener = new GatedListener(what, settings, (socket) => this.#accept(socket));
    this.#sweep = setInterval(() => this.#onSweep(), SWEEP_MS).unref();
  }

  async start(port: number): Promise<void> {
    await this.#listener.open(port);
    this.#openOrClose();
  }

  get endpoint(): HostPort {
    return this.#listener.endpoint;
  }

  /** As the phones know it. */
  get namedServer(): NamedServer {
    return { name: callManagerName(this.facts.node), ...this.endpoint };
  }

  stats(): ServiceStats {
    return {
      ...this.counts,
      ...this.tokens.stats(),
      connectedNow: this.#stations.size,
      registeredNow: this.#registered.size,
      faults: this.faults.met,
    };
  }

  setFaults(faults: readonly LabFault[]): void {
    this.faults.set(this.#mine(faults));
    this.#openOrClose();
  }

  /** Sends Reset to every phone that is registered now, one after the other where there is a pace. */
  resetAll(resetType: ResetType, pace: ResetPace = Number.POSITIVE_INFINITY): void {
    const stations = [...this.#registered.values()];
    const perSecond = typeof pace === 'number' ? pace : pace.share * stations.length;
    for (const [place, station] of stations.entries()) {
      after((place * 1000) / perSecond, () => {
        if (!this.isRegistered(station)) return;
        this.counts.resetsSent++;
        station.reset(resetType);
      });
    }
  }

  close(): void {
    clearInterval(this.#sweep);
    this.#listener.close();
    for (const station of this.#stations) station.destroy();
  }

  /** Takes over a connection whose handshake is complete, and whose phone has shown a good certificate. */
  admit(connection: StationConnection): void {
    this.counts.connections++;
    this.#stations.add(new Station(this, connection));
  }

  /** Why a device may not register, or null. Texts: chan-sccp for the first, ours for the others. */
  objectionTo(deviceName: string, connection: StationConnection): string | null {
    const { settings, directory } = this.facts;
    if (!settings.autoRegistration && !directory.holds(deviceName)) return 'Device Unknown';
    const insecurity = objectionToSecurity(settings.security, directory, deviceName, connection);
    if (insecurity !== null) {
      this.counts.securityMismatches++;
      return insecurity;
    }
    const most = settings.limits.registeredPhones ?? Number.POSITIVE_INFINITY;
    const full = this.#registered.size >= most && !this.#registered.has(deviceName);
    return full ? 'Device limit exceeded' : null;
  }

  /** Milliseconds until the next RegisterAck is within the limit: a place in the queue is taken; null: none is left. */
  registrationWaitMs(): number | null {
    const { limits, serviceTimes } = this.facts.settings;
    const waitMs = this.#pace.queue(limits.registrationQueue);
    return waitMs === null ? null : waitMs + serviceTimes.registerMs;
  }

  /** What a phone hears when it has registered: the same for all of a version that have the same intervals. */
  greeting(version: number, intervals: KeepAliveIntervals): Uint8Array {
    const key = `${version} ${intervals.keepAliveSeconds} ${intervals.secondaryKeepAliveSeconds}`;
    let frames = this.#greetings.get(key);
    if (frames === undefined) {
      frames = encodeGreeting(intervals, version);
      this.#greetings.set(key, frames);
    }
    return frames;
  }

  /** Another connection that has registered this name. */
  otherHolder(deviceName: string, station: Station): Station | null {
    const holder = this.#registered.get(deviceName);
    return holder === undefined || holder === station ? null : holder;
  }

  isRegistered(station: Station): boolean {
    return station.deviceName !== null && this.#registered.get(station.deviceName) === station;
  }

  /** The name is this connection's from now on; an older one loses it. */
  register(deviceName: string, station: Station): void {
    const older = this.#registered.get(deviceName);
    this.#registered.set(deviceName, station);
    if (older === station) return;
    this.counts.registrations++;
    if (older === undefined) return;
    this.counts.takenOver++;
    if (this.facts.settings.secondRegistration !== 'accept') older.end();
  }

  /** Whether the name was this connection's. */
  #release(station: Station): boolean {
    return this.isRegistered(station) && this.#registered.delete(station.deviceName ?? '');
  }

  #mine(faults: readonly LabFault[]): LabFault[] {
    return faults.filter(({ node }) => node === undefined || node === this.facts.node);
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
      this.#stations.add(new Station(this, inClear(socket)));
      return;
    }
    this.counts.refused++;
    socket.on('error', () => {});
    socket.resetAndDestroy();
  }

  #onSweep(): void {
    this.#openOrClose();
    const { settings, clock } = this.facts;
    const now = clock.now();
    for (const station of this.#stations) {
      const seconds = this.isRegistered(station)
        ? station.keepAliveSeconds
        : settings.secondaryKeepAliveSeconds;
      if (now - station.heardAt <= seconds * 1000 * settings.silentIntervals) continue;
      if (this.#release(station)) this.counts.droppedSilent++;
      else this.counts.droppedIdle++;
      station.destroy();
    }
  }

  #openOrClose(): void {
    this.#listener.keep(!this.faults.hitsAll('refuse'));
  }
}
