/**
 * The lab's DHCP server, for relayed clients only (RFC 2131 section 4.3; answers to relays: section 4.1).
 *
 *   message                                 condition                          answer
 *   --------------------------------------  ---------------------------------  -------------------------------------
 *   DISCOVER                                an address is left                 OFFER (4.3.1)
 *                                           none is left                       none, counted
 *   REQUEST, SELECTING (server identifier)  another server's                   none (4.3.2)
 *                                           ours, the address we offered       ACK
 *                                           ours, another address              NAK
 *   REQUEST, INIT-REBOOT (requested addr.)  the client's address               ACK
 *                                           another address                    NAK
 *                                           a client that we do not know       none: MUST remain silent (4.3.2)
 *   REQUEST, RENEWING, REBINDING (ciaddr)   the client's address               ACK
 *                                           another address                    NAK
 *   DECLINE                                                                    none; the address is not given again (4.3.3)
 *   RELEASE                                                                    none; the address is kept for it (4.3.4)
 *   not relayed, or anything else                                              none, counted
 *
 * Clients are told apart by their client identifier, without one by their hardware address (4.2). Every answer goes
 * to giaddr, also to a renewal (as Kea and dnsmasq do); the port is 67 on a real network and a setting here.
 */
import { TargetGuard } from '../drivers/target-guard.ts';
import {
  BOOTREPLY,
  BOOTREQUEST,
  BROADCAST_FLAG,
  decodeDhcp,
  type DhcpMessage,
  encodeDhcp,
  MESSAGE_TYPES,
  NO_ADDRESS,
} from '../protocols/dhcp/message.ts';
import type { FaultKind, LabFault } from '../scenario/lab-faults.ts';
import type { LabSettings } from '../scenario/lab-settings.ts';
import { DecodeError } from '../wire/decode-error.ts';
import { DatagramPort } from './datagram-port.ts';
import { after, DATAGRAM_FAULTS, FaultTable, FOREIGN_ADDRESS, sendFaulty } from './fault-table.ts';
import type { LabClock } from './lab-clock.ts';
import type { HostPort, LabService, ServiceStats } from './lab-contract.ts';
import { LeaseTable } from './lease-table.ts';
import type { PhoneDirectory } from './phone-directory.ts';
import { RateLimit } from './rate-limit.ts';

const FAULTS: readonly FaultKind[] = [...DATAGRAM_FAULTS, 'silence', 'nak', 'no-tftp', 'foreign-address'];
const { DHCPDISCOVER, DHCPOFFER, DHCPREQUEST, DHCPDECLINE, DHCPACK, DHCPNAK, DHCPRELEASE } = MESSAGE_TYPES;

export interface DhcpServerFacts {
  readonly settings: LabSettings;
  readonly directory: PhoneDirectory;
  readonly tftp: readonly HostPort[];
  readonly dns: HostPort;
  /** Port on giaddr to which answers go: 67 on a real network. */
  readonly replyPort: number;
  readonly clock: LabClock;
}

export class DhcpServer implements LabService {
  readonly name = 'dhcp';
  readonly #facts: DhcpServerFacts;
  readonly #port = new DatagramPort((bytes) => this.#receive(bytes));
  /** A giaddr is whatever the request says: answers stay where phones may be. */
  readonly #guard = new TargetGuard();
  readonly #faults: FaultTable;
  readonly #limit: RateLimit;
  readonly #leases: LeaseTable;
  /**
   * received = malformed + ignored + discovers + requests + releases + declines, and
   * discovers + requests = offers + acks + naks + overLimit + exhausted + unanswered.
   */
  readonly #counts = {
    received: 0,
    malformed: 0,
    ignored: 0,
    discovers: 0,
    requests: 0,
    releases: 0,
    declines: 0,
    offers: 0,
    acks: 0,
    naks: 0,
    overLimit: 0,
    exhausted: 0,
    unanswered: 0,
  };

  constructor(facts: DhcpServerFacts) {
    const { settings, directory, clock } = facts;
    this.#facts = facts;
    this.#faults = new FaultTable('dhcp', settings.faults, clock);
    this.#limit = new RateLimit(settings.limits.dhcpPerSecond, clock.now);
    this.#leases = new LeaseTable(settings.leasePool, directory.phoneCount, (client) =>
      directory.indexOf(client),
    );
  }

  async start(port: number): Promise<void> {
    await this.#port.bind(this.#facts.settings.address, port, 'DHCP server');
  }

  get endpoint(): HostPort {
    return this.#port.endpoint;
  }

  stats(): ServiceStats {
    const { bound } = this.#leases;
    return {
      ...this.#counts,
      leasesNow: bound,
      faults: this.#faults.met,
      kernelDrops: this.#port.kernelDrops,
    };
  }

  setFaults(faults: readonly LabFault[]): void {
    this.#faults.set(faults);
  }

  close(): void {
    this.#port.close();
  }

  #receive(bytes: Uint8Array): void {
    this.#counts.received++;
    const request = this.#decode(bytes);
    if (request === null) return;
    if (request.op !== BOOTREQUEST || request.giaddr === NO_ADDRESS || !this.#guard.allows(request.giaddr)) {
      this.#counts.ignored++;
      return;
    }
    switch (request.options.messageType) {
      case DHCPDISCOVER:
        return this.#onDiscover(request);
      case DHCPREQUEST:
        return this.#onRequest(request);
      case DHCPRELEASE:
        this.#counts.releases++;
        this.#leases.release(clientOf(request), request.ciaddr);
        return;
      case DHCPDECLINE:
        this.#counts.declines++;
        this.#leases.decline(clientOf(request), request.options.requestedAddress ?? NO_ADDRESS);
        return;
      default:
        this.#counts.ignored++;
    }
  }

  #onDiscover(request: DhcpMessage): void {
    this.#counts.discovers++;
    const address = this.#leases.addressFor(clientOf(request));
    if (address === null) this.#counts.exhausted++;
    else this.#answer(request, DHCPOFFER, address);
  }

  #onRequest(request: DhcpMessage): void {
    this.#counts.requests++;
    const { serverIdentifier, requestedAddress } = request.options;
    const client = clientOf(request);
    const mine = this.#leases.recorded(client);
    const forAnother = serverIdentifier !== undefined && serverIdentifier !== this.#facts.settings.address;
    const rebootsUnknown = serverIdentifier === undefined && request.ciaddr === NO_ADDRESS && mine === null;
    if (forAnother || rebootsUnknown) {
      this.#counts.unanswered++;
      return;
    }
    const wanted = request.ciaddr === NO_ADDRESS ? requestedAddress : request.ciaddr;
    if (mine === null || wanted !== mine) this.#answer(request, DHCPNAK, NO_ADDRESS);
    else if (this.#answer(request, DHCPACK, mine)) this.#leases.bind(client, mine);
  }

  /** Returns whether the answer is what was to be said: a fault may turn an ACK into a NAK. */
  #answer(request: DhcpMessage, wanted: number, address: string): boolean {
    if (!this.#limit.take()) {
      this.#counts.overLimit++;
      return false;
    }
    const fault = this.#faults.pick(`SEP${request.chaddr}`, FAULTS);
    if (fault?.kind === 'silence') {
      this.#counts.unanswered++;
      return false;
    }
    const type = fault?.kind === 'nak' && wanted === DHCPACK ? DHCPNAK : wanted;
    this.#count(type);
    const reply = encodeDhcp(
      type === DHCPNAK ? this.#nak(request) : this.#lease(request, type, address, fault),
    );
    after(this.#facts.settings.serviceTimes.dhcpMs, () =>
      sendFaulty(fault, reply, (bytes) => this.#port.send(bytes, this.#facts.replyPort, request.giaddr)),
    );
    return type === wanted;
  }

  /** RFC 2131 section 4.3.1, table 3. */
  #lease(request: DhcpMessage, type: number, address: string, fault: LabFault | null): DhcpMessage {
    const { settings, tftp, dns } = this.#facts;
    const servers = fault?.kind === 'foreign-address' ? [FOREIGN_ADDRESS] : tftp.map(({ host }) => host);
    return {
      ...replyTo(request),
      ciaddr: type === DHCPACK ? request.ciaddr : NO_ADDRESS,
      yiaddr: address,
      options: {
        messageType: type,
        serverIdentifier: settings.address,
        leaseTime: settings.leaseSeconds,
        renewalTime: Math.floor(settings.leaseSeconds / 2),
        rebindingTime: Math.floor((settings.leaseSeconds * 7) / 8),
        subnetMask: '255.0.0.0',
        routers: [settings.address],
        domainNameServers: [dns.host],
        domainName: 'lab',
        ...(fault?.kind === 'no-tftp' ? {} : { tftpServers: servers }),
        ...echoedOptions(request),
      },
    };
  }

  /** The relay broadcasts it: its client has no address (RFC 2131 section 4.3.2). */
  #nak(request: DhcpMessage): DhcpMessage {
    return {
      ...replyTo(request),
      flags: request.flags | BROADCAST_FLAG,
      options: {
        messageType: DHCPNAK,
        serverIdentifier: this.#facts.settings.address,
        message: 'address not available',
        ...echoedOptions(request),
      },
    };
  }

  #count(type: number): void {
    if (type === DHCPOFFER) this.#counts.offers++;
    else if (type === DHCPACK) this.#counts.acks++;
    else this.#counts.naks++;
  }

  #decode(bytes: Uint8Array): DhcpMessage | null {
    try {
      return decodeDhcp(bytes);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#counts.malformed++;
      return null;
    }
  }
}

const ETHERNET_CLIENT = '01';

/** The key of a client; for phones, whose identifier is 01 and the MAC, the MAC. */
function clientOf({ options, chaddr }: DhcpMessage): string {
  if (options.clientIdentifier === undefined) return chaddr;
  const identifier = Buffer.from(options.clientIdentifier).toString('hex').toUpperCase();
  return identifier === ETHERNET_CLIENT + chaddr ? chaddr : `id ${identifier}`;
}

/** What every answer takes from the request: xid, flags, giaddr, chaddr (RFC 2131 section 4.3.1, table 3). */
function replyTo(request: DhcpMessage): DhcpMessage {
  return {
    ...request,
    op: BOOTREPLY,
    hops: 0,
    secs: 0,
    ciaddr: NO_ADDRESS,
    yiaddr: NO_ADDRESS,
    siaddr: NO_ADDRESS,
    sname: '',
    file: '',
    options: {},
    otherOptions: [],
  };
}

/** The client identifier comes back (RFC 6842 section 3), and what the relay added, last (RFC 3046 section 2.2). */
function echoedOptions({ options }: DhcpMessage): DhcpMessage['options'] {
  const { clientIdentifier, relayAgentInformation } = options;
  return {
    ...(clientIdentifier === undefined ? {} : { clientIdentifier }),
    ...(relayAgentInformation === undefined ? {} : { relayAgentInformation }),
  };
}
