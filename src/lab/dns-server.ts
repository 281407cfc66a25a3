/** The lab's DNS server: A records of its own names, NXDOMAIN for all others (RFC 1035 section 4.1.1). */
import type { RemoteInfo } from 'node:dgram';
import { decodeDns, DNS_RCODES, DNS_TYPES, type DnsMessage, encodeDns } from '../protocols/dns/message.ts';
import type { FaultKind, LabFault } from '../scenario/lab-faults.ts';
import type { LabSettings } from '../scenario/lab-settings.ts';
import { DecodeError } from '../wire/decode-error.ts';
import { DatagramPort } from './datagram-port.ts';
import { after, DATAGRAM_FAULTS, FaultTable, FOREIGN_ADDRESS, sendFaulty } from './fault-table.ts';
import type { LabClock } from './lab-clock.ts';
import type { HostPort, LabService, NamedServer, ServiceStats } from './lab-contract.ts';

const TTL_SECONDS = 60;
const FAULTS: readonly FaultKind[] = [...DATAGRAM_FAULTS, 'silence', 'not-found', 'foreign-address'];

export class DnsServer implements LabService {
  readonly name = 'dns';
  readonly #settings: LabSettings;
  /** By name in lower case: names are compared without regard to case (RFC 4343). */
  readonly #addresses: ReadonlyMap<string, string>;
  readonly #port = new DatagramPort((bytes, from) => this.#receive(bytes, from));
  readonly #faults: FaultTable;
  /** received = malformed + ignored + answers + nameErrors + unanswered. */
  readonly #counts = { received: 0, malformed: 0, ignored: 0, answers: 0, nameErrors: 0, unanswered: 0 };

  constructor(settings: LabSettings, servers: readonly NamedServer[], clock: LabClock) {
    this.#settings = settings;
    this.#addresses = new Map(servers.map(({ name, host }) => [name, host]));
    this.#faults = new FaultTable('dns', settings.faults, clock);
  }

  async start(port: number): Promise<void> {
    await this.#port.bind(this.#settings.address, port, 'DNS server');
  }

  get endpoint(): HostPort {
    return this.#port.endpoint;
  }

  stats(): ServiceStats {
    return { ...this.#counts, faults: this.#faults.met, kernelDrops: this.#port.kernelDrops };
  }

  setFaults(faults: readonly LabFault[]): void {
    this.#faults.set(faults);
  }

  close(): void {
    this.#port.close();
  }

  #receive(bytes: Uint8Array, from: RemoteInfo): void {
    this.#counts.received++;
    const query = this.#decode(bytes);
    if (query === null) return;
    const [question] = query.questions;
    if (question === undefined || query.response) {
      this.#counts.ignored++;
      return;
    }
    const fault = this.#faults.pick(question.name, FAULTS);
    if (fault?.kind === 'silence') {
      this.#counts.unanswered++;
      return;
    }
    const answer = encodeDns(this.#answerTo(query, question.name, question.type, fault));
    after(this.#settings.serviceTimes.dnsMs, () =>
      sendFaulty(fault, answer, (reply) => this.#port.send(reply, from.port, from.address)),
    );
  }

  /** A known name has A records and no others: an empty answer to other types, not NXDOMAIN (RFC 2308 section 2.2). */
  #answerTo(query: DnsMessage, name: string, type: number, fault: LabFault | null): DnsMessage {
    const known = this.#addresses.get(name.toLowerCase().replace(/\.$/, ''));
    const address = fault?.kind === 'foreign-address' ? FOREIGN_ADDRESS : known;
    const base = { ...query, response: true, authoritative: true, recursionAvailable: false };
    if (address === undefined || fault?.kind === 'not-found') {
      this.#counts.nameErrors++;
      return { ...base, rcode: DNS_RCODES.NXDOMAIN, answers: [] };
    }
    this.#counts.answers++;
    const answers =
      type === DNS_TYPES.A ? [{ type: 'A', name, ttlSeconds: TTL_SECONDS, address } as const] : [];
    return { ...base, rcode: DNS_RCODES.NOERROR, answers };
  }

  #decode(bytes: Uint8Array): DnsMessage | null {
    try {
      return decodeDns(bytes);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#counts.malformed++;
      return null;
    }
  }
}
