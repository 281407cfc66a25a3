/**
 * A cluster and a network without sockets or time: one phone's effects go in, the answers come out as events on a
 * virtual clock. The servers are as small as a test needs; their bytes are made by our own codecs, so they judge
 * what the phone does, never whether its bytes are right (tshark and real servers do that).
 */
import type { BootEvent } from '../../src/phone/boot-event.ts';
import { stepPhone } from '../../src/phone/boot-sequence.ts';
import { type Phone, PhoneOutput } from '../../src/phone/phone.ts';
import {
  ENDPOINT_KINDS,
  type PhoneEffects,
  type PhoneEndpoint,
  type PhoneEvent,
  type PhoneTimer,
} from '../../src/phone/phone-effects.ts';
import type { MachineEvent } from '../../src/protocols/effects.ts';
import type { TlsDemand } from '../../src/protocols/tls.ts';

/** What a server does with a datagram: the answers, or nothing. */
export type DatagramServer = (request: Uint8Array, from: number) => readonly Uint8Array[];

/** One TCP connection as the server sees it: what it writes, or `close`. */
export interface StreamServer {
  /** null: refuse, 'silent': no answer to the SYN. */
  accept(): 'refused' | 'silent' | 'accepted';
  /** The end of the handshake where the client wants one, or no answer; without it the server speaks no TLS. */
  secure?(demand: TlsDemand): Handshake | 'silent';
  /** What it says first, on a secured connection. */
  greet?(): readonly StreamAnswer[];
  data(bytes: Uint8Array): readonly StreamAnswer[];
}

export type StreamAnswer = Uint8Array | 'fin' | 'reset';

type EventOf<Type extends MachineEvent['type']> = Omit<Extract<MachineEvent, { type: Type }>, 'now'>;
export type Handshake = EventOf<'secured'> | EventOf<'closed'>;

export interface Servers {
  /** By `address:port`. */
  readonly udp: ReadonlyMap<string, DatagramServer>;
  readonly tcp: ReadonlyMap<string, () => StreamServer>;
}

/** `79xx encrypted, mic, resume` */
function demandText({ profile, credential, resume }: TlsDemand): string {
  return [profile.name, credential?.origin ?? 'no certificate', ...(resume ? ['resume'] : [])].join(', ');
}

interface Due {
  readonly at: number;
  readonly order: number;
  readonly deliver: () => void;
  cancelled: boolean;
}

const ONE_WAY_MS = 1;

/** Runs one phone against `servers`. Nothing is delivered before the step that caused it has returned. */
export class VirtualCluster implements PhoneEffects {
  readonly events: BootEvent[] = [];
  readonly log: string[] = [];
  now = 0;
  ended = false;
  readonly #phone: Phone;
  readonly #servers: Servers;
  readonly #output: PhoneOutput;
  readonly #timers = new Map<PhoneTimer, Due>();
  readonly #generation = new Map<PhoneEndpoint, number>();
  readonly #streams = new Map<PhoneEndpoint, { readonly server: StreamServer; readonly address: string }>();
  #queue: Due[] = [];
  #order = 0;
  #nextPort = 40_000;
  readonly #ports = new Map<PhoneEndpoint, number>();

  constructor(
    phone: Phone,
    servers: Servers,
    wrap: (effects: PhoneEffects) => PhoneEffects = (same) => same,
  ) {
    this.#phone = phone;
    this.#servers = servers;
    this.#output = new PhoneOutput(wrap(this));
  }

  powerOn(): void {
    this.step({ type: 'powerOn', intendedAt: this.now, wave: 0, now: this.now });
  }

  step(event: PhoneEvent): void {
    this.onEvent(event);
    stepPhone(this.#phone, event, this.#output);
  }

  /** For recordings. */
  onEvent: (event: PhoneEvent) => void = () => {};

  /** Lets time pass until `untilMs`, or until nothing is left to happen. */
  run(untilMs: number): void {
    for (;;) {
      const next = this.#takeNext(untilMs);
      if (!next) break;
      this.now = next.at;
      if (!next.cancelled) next.deliver();
    }
    this.now = Math.max(this.now, untilMs);
  }

  get pendingTimers(): PhoneTimer[] {
    return [...this.#timers].filter(([, due]) => !due.cancelled).map(([name]) => name);
  }

  get openEndpoints(): PhoneEndpoint[] {
    return [...new Set([...this.#ports.keys(), ...this.#streams.keys()])];
  }

  /** Events of one type. */
  of<Type extends BootEvent['type']>(type: Type): Extract<BootEvent, { type: Type }>[] {
    return this.events.filter((event) => event.type === type) as Extract<BootEvent, { type: Type }>[];
  }

  /** The server ends a connection. */
  cut(endpoint: PhoneEndpoint, cause: 'fin' | 'reset'): void {
    this.#streams.delete(endpoint);
    this.#deliver(endpoint, (now) => ({ type: 'closed', cause, now }));
  }

  /** The server at `address:port` ends all connections that it has. */
  cutAll(address: string, cause: 'fin' | 'reset'): void {
    for (const [endpoint, stream] of this.#streams) if (stream.address === address) this.cut(endpoint, cause);
  }

  /** `address:port` of the servers to which connections are open. */
  get connectedTo(): string[] {
    return [...this.#streams.values()].map(({ address }) => address).sort();
  }

  /** The server speaks first. */
  push(endpoint: PhoneEndpoint, bytes: Uint8Array): void {
    this.#deliver(endpoint, (now) => ({ type: 'data', bytes, now }));
  }

  bind(endpoint: PhoneEndpoint): void {
    this.#renew(endpoint);
    this.#ports.set(endpoint, this.#nextPort++);
  }

  sendTo(endpoint: PhoneEndpoint, address: string, port: number, bytes: Uint8Array): void {
    this.log.push(`${endpoint} > ${address}:${port} ${bytes.length}`);
    const server = this.#servers.udp.get(`${address}:${port}`);
    const from = this.#ports.get(endpoint) ?? 0;
    for (const answer of server?.(Uint8Array.from(bytes), from) ?? []) {
      this.#deliver(endpoint, (now) => ({ type: 'datagram', address, port, bytes: answer, now }));
    }
  }

  connect(endpoint: PhoneEndpoint, address: string, port: number, tls?: TlsDemand): void {
    this.log.push(`${endpoint} connect ${address}:${port}${tls ? ` ${demandText(tls)}` : ''}`);
    this.#renew(endpoint);
    const server = this.#servers.tcp.get(`${address}:${port}`)?.();
    const verdict = server?.accept() ?? 'refused';
    if (verdict === 'silent') return;
    if (!server || verdict === 'refused') {
      return this.#deliver(endpoint, (now) => ({ type: 'closed', cause: 'refused', now }));
    }
    this.#streams.set(endpoint, { server, address: `${address}:${port}` });
    this.#deliver(endpoint, (now) => ({
      type: 'connected',
      localAddress: '127.0.0.9',
      localPort: 50_000,
      now,
    }));
    if (tls) this.#secure(endpoint, server, tls);
  }

  #secure(endpoint: PhoneEndpoint, server: StreamServer, tls: TlsDemand): void {
    const handshake = server.secure?.(tls) ?? ({ type: 'closed', cause: 'tls-failed' } as const);
    if (handshake === 'silent') return;
    this.#deliver(endpoint, (now) => {
      if (handshake.type === 'closed') this.#streams.delete(endpoint);
      return { ...handshake, now };
    });
    if (handshake.type === 'secured') this.#answer(endpoint, server.greet?.() ?? []);
  }

  send(endpoint: PhoneEndpoint, bytes: Uint8Array): void {
    this.log.push(`${endpoint} > ${bytes.length} bytes`);
    this.#answer(endpoint, this.#streams.get(endpoint)?.server.data(Uint8Array.from(bytes)) ?? []);
  }

  #answer(endpoint: PhoneEndpoint, answers: readonly StreamAnswer[]): void {
    for (const answer of answers) {
      if (answer === 'fin' || answer === 'reset') this.cut(endpoint, answer);
      else this.#deliver(endpoint, (now) => ({ type: 'data', bytes: answer, now }));
    }
  }

  close(endpoint: PhoneEndpoint): void {
    this.#renew(endpoint);
  }

  setTimer(timer: PhoneTimer, delayMs: number): void {
    this.clearTimer(timer);
    const due = this.#at(this.now + delayMs, () => {
      this.#timers.delete(timer);
      this.step({ type: 'timer', timer, now: this.now });
    });
    this.#timers.set(timer, due);
  }

  clearTimer(timer: PhoneTimer): void {
    const due = this.#timers.get(timer);
    if (due) due.cancelled = true;
    this.#timers.delete(timer);
  }

  emit(event: BootEvent): void {
    this.events.push(event);
  }

  vanish(): void {
    for (const endpoint of Object.keys(ENDPOINT_KINDS) as PhoneEndpoint[]) this.#renew(endpoint);
    for (const timer of this.#timers.keys()) this.clearTimer(timer);
  }

  done(): void {
    this.ended = true;
  }

  #deliver(endpoint: PhoneEndpoint, event: (now: number) => MachineEvent): void {
    const generation = this.#generation.get(endpoint) ?? 0;
    this.#at(this.now + ONE_WAY_MS, () => {
      if ((this.#generation.get(endpoint) ?? 0) !== generation) return;
      this.step({ type: 'endpoint', endpoint, event: event(this.now) });
    });
  }

  #renew(endpoint: PhoneEndpoint): void {
    this.#generation.set(endpoint, (this.#generation.get(endpoint) ?? 0) + 1);
    this.#ports.delete(endpoint);
    this.#streams.delete(endpoint);
  }

  #at(at: number, deliver: () => void): Due {
    const due = { at, order: this.#order++, deliver, cancelled: false };
    this.#queue.push(due);
    return due;
  }

  #takeNext(untilMs: number): Due | null {
    this.#queue = this.#queue.filter((due) => !due.cancelled);
    this.#queue.sort((a, b) => a.at - b.at || a.order - b.order);
    const next = this.#queue[0];
    if (!next || next.at > untilMs) return null;
    this.#queue.shift();
    return next;
  }
}
