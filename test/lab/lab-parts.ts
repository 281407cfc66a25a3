/** What the lab's tests are built from: settings, phones, and clients made of nothing but sockets and codecs. */
import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import type { z } from 'zod';
import { lookUpNothing } from '../../src/drivers/udp-endpoint.ts';
import type { HostPort, LabPhones, ServiceStats } from '../../src/lab/lab-contract.ts';
import { PhoneDirectory } from '../../src/lab/phone-directory.ts';
import { decodeFrame, SCCP_FRAME_RULE } from '../../src/protocols/sccp/header.ts';
import { decodeMessage, encodeMessage, type SccpMessage } from '../../src/protocols/sccp/message-table.ts';
import { faultField, type LabFault } from '../../src/scenario/lab-faults.ts';
import { type LabSettings, labSettingsSchema } from '../../src/scenario/lab-settings.ts';
import { StreamFramer } from '../../src/wire/stream-framer.ts';

export const LOCALHOST = '127.0.0.1';

export function labSettings(input: z.input<typeof labSettingsSchema> = {}): LabSettings {
  return labSettingsSchema.parse(input);
}

export function fault(input: z.input<typeof faultField>): LabFault {
  return faultField.parse(input);
}

/** Phones 020000000000, 020000000001 ... */
export function madeUpPhones(phoneCount: number): LabPhones {
  return { phones: { type: 'generated', macPrefix: '02', models: ['7961G'] }, phoneCount };
}

export function directoryOf(phoneCount: number, settings = labSettings()): PhoneDirectory {
  return new PhoneDirectory(madeUpPhones(phoneCount), settings.knownPhones);
}

export function macOf(index: number): string {
  return `02${index.toString(16).toUpperCase().padStart(10, '0')}`;
}

export function deviceOf(index: number): string {
  return `SEP${macOf(index)}`;
}

/** A count that the service keeps; it must exist. */
export function count(service: { stats(): ServiceStats }, name: string): number {
  const value = service.stats()[name];
  if (value === undefined) throw new RangeError(`no count ${name}`);
  return value;
}

export function sum(stats: ServiceStats, names: readonly string[]): number {
  return names.reduce((total, name) => total + (stats[name] ?? Number.NaN), 0);
}

export interface Datagram {
  readonly bytes: Buffer;
  readonly from: HostPort;
}

/** A queue that can be waited on: what arrives, in order. */
export class Inbox<T> {
  readonly #items: T[] = [];
  readonly #waiting: ((item: T) => void)[] = [];

  put(item: T): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(item);
    else this.#items.push(item);
  }

  next(): Promise<T> {
    const item = this.#items.shift();
    if (item !== undefined) return Promise.resolve(item);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}

/** A UDP port on loopback that keeps what it gets. */
export async function udpClient(address = LOCALHOST) {
  const socket = createSocket({ type: 'udp4', lookup: lookUpNothing });
  const inbox = new Inbox<Datagram>();
  socket.on('message', (bytes, { address: host, port }) => inbox.put({ bytes, from: { host, port } }));
  await new Promise<void>((resolve) => {
    socket.bind(0, address, resolve);
  });
  return {
    port: socket.address().port,
    next: () => inbox.next(),
    send: (bytes: Uint8Array, to: HostPort) => socket.send(bytes, to.port, to.host),
    close: () => socket.close(),
  };
}

export type UdpClient = Awaited<ReturnType<typeof udpClient>>;

/** How a connection ended, or a message. */
export type Heard = SccpMessage | { readonly type: 'fin' | 'reset' | 'refused' | 'undecodable' };

/** A phone's end of a connection, without a mind of its own. */
export class SccpClient {
  readonly #socket: Socket;
  readonly #inbox = new Inbox<Heard>();
  readonly #framer = new StreamFramer(SCCP_FRAME_RULE);
  /** Chunks as TCP delivered them. */
  readonly chunks: Buffer[] = [];

  /** @param stream default: a connection of its own to the port, in clear */
  constructor({ host, port }: HostPort, localAddress = LOCALHOST, stream: Socket | null = null) {
    this.#socket = stream ?? connect({ host, port, localAddress, noDelay: true });
    this.#socket.on('data', (chunk) => this.#receive(chunk));
    this.#socket.on('end', () => this.#inbox.put({ type: 'fin' }));
    this.#socket.on('error', (error) => {
      const refused = 'code' in error && error.code === 'ECONNREFUSED';
      this.#inbox.put({ type: refused ? 'refused' : 'reset' });
    });
  }

  send(...messages: SccpMessage[]): void {
    this.sendBytes(Buffer.concat(messages.map((message) => encodeMessage(message, 0))));
  }

  sendBytes(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  next(): Promise<Heard> {
    return this.#inbox.next();
  }

  async nextTypes(howMany: number): Promise<string[]> {
    const types: string[] = [];
    for (let i = 0; i < howMany; i++) types.push((await this.next()).type);
    return types;
  }

  async ask(request: SccpMessage): Promise<Heard> {
    this.send(request);
    return this.next();
  }

  /** Registers and takes RegisterAck and CapabilitiesReq. */
  async register(deviceName: string, protocolVersion = 22): Promise<Heard> {
    const answer = await this.ask(registerReq(deviceName, protocolVersion));
    if (answer.type === 'RegisterAck') await this.next();
    return answer;
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.chunks.push(chunk);
    try {
      this.#framer.push(chunk);
      for (let frame = this.#framer.next(); frame !== null; frame = this.#framer.next()) {
        this.#inbox.put(decodeMessage(decodeFrame(frame)));
      }
    } catch {
      this.#inbox.put({ type: 'undecodable' });
    }
  }
}

/** Of a 7961G. */
export function registerReq(deviceName: string, protocolVersion = 22, lines = 6): SccpMessage {
  return {
    type: 'RegisterReq',
    deviceName,
    userId: 0,
    instance: 0,
    stationIpAddr: LOCALHOST,
    deviceType: 30018,
    maxStreams: 5,
    activeStreams: 0,
    protocolVersion,
    phoneFeatures: Uint8Array.of(0, 0x72, 0x85),
    maxConferences: 1,
    activeConferences: 0,
    macAddress: new Uint8Array(6),
    ipV4AddressScope: 3,
    maxNumberOfLines: lines,
    stationIpV6Addr: new Uint8Array(16),
    ipV6AddressScope: 0,
    firmwareLoadName: 'SCCP41.9-4-2SR3-1S',
  };
}
