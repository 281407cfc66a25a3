/** Effects to sockets and timers, events back: one object serves all phones of a worker, one phone at a time. */
import type { EndpointEffects, MachineEvent } from '../protocols/effects.ts';
import type { TlsDemand } from '../protocols/tls.ts';
import type { Clock } from './clock.ts';
import { type EndpointHost, noSocketsYet, type SocketCounters } from './endpoint-host.ts';
import type { RelayEndpoint } from './relay-endpoint.ts';
import type { Tap } from './tap.ts';
import type { TargetGuard } from './target-guard.ts';
import { TcpEndpoint } from './tcp-endpoint.ts';
import { TlsClient } from './tls-client.ts';
import { type QueuedTimer, TimerQueue } from './timer-queue.ts';
import { UdpEndpoint } from './udp-endpoint.ts';

export type EndpointKind = 'udp' | 'tcp' | 'relay';

/** A phone as the drivers see it: extend it. The driver alone touches `sockets` and `timers`. */
export class DriverOwner<Endpoint extends string, Timer extends string> {
  /** Local address of its sockets; undefined leaves the choice to the kernel. */
  readonly sourceAddress: string | undefined;
  readonly sockets = new Map<Endpoint, UdpEndpoint<this, Endpoint> | TcpEndpoint<this, Endpoint>>();
  readonly timers = new Map<Timer, QueuedTimer<OwnedTimer<this, Timer>>>();
  released = false;
  /** Nothing from its address reaches anybody: its connections can end without a word. */
  unreachable = false;
  /** Its power is failing: nothing is delivered to it any more. */
  frozen = false;

  constructor(sourceAddress: string | undefined) {
    this.sourceAddress = sourceAddress;
  }
}

interface OwnedTimer<Owner, Timer> {
  readonly owner: Owner;
  readonly timer: Timer;
}

export interface EndpointDriverOptions<Owner extends object, Endpoint extends string, Timer extends string> {
  readonly clock: Clock;
  readonly guard: TargetGuard;
  readonly kinds: Readonly<Record<Endpoint, EndpointKind>>;
  readonly relay: RelayEndpoint<Owner, Endpoint> | null;
  readonly deliver: (owner: Owner, endpoint: Endpoint, event: MachineEvent) => void;
  readonly deliverTimer: (owner: Owner, timer: Timer, now: number) => void;
  readonly onLateness?: (lateMs: number) => void;
  readonly tap?: Tap<Owner, Endpoint> | null;
  /** Left out: one that keeps every context. */
  readonly tls?: TlsClient<Owner>;
  /** Asked before anything is delivered; false: nothing is. Left out: always. */
  readonly isAwake?: (now: number) => boolean;
}

/**
 * `select` a phone, let it step with this as its effects, `flush`. Events come from the event loop only, and never
 * for a socket that was closed or a phone that was released.
 */
export class EndpointDriver<
  Owner extends DriverOwner<Endpoint, Timer>,
  Endpoint extends string,
  Timer extends string,
> implements EndpointEffects<Endpoint, Timer>
{
  readonly counters: SocketCounters = noSocketsYet();
  readonly tls: TlsClient<Owner>;
  readonly timers: TimerQueue<OwnedTimer<Owner, Timer>>;
  readonly #host: EndpointHost<Owner, Endpoint>;
  readonly #kinds: Readonly<Record<Endpoint, EndpointKind>>;
  readonly #relay: RelayEndpoint<Owner, Endpoint> | null;
  /** Connections with something to write at the end of the step. */
  readonly #unwritten: TcpEndpoint<Owner, Endpoint>[] = [];
  #owner: Owner | null = null;

  constructor(options: EndpointDriverOptions<Owner, Endpoint, Timer>) {
    const { clock, guard, deliver, deliverTimer, onLateness, isAwake, tap = null } = options;
    this.#kinds = options.kinds;
    this.#relay = options.relay;
    this.tls = options.tls ?? new TlsClient(Infinity);
    this.#host = {
      clock,
      guard,
      tap,
      counters: this.counters,
      deliver: (owner, endpoint, event) => {
        if (isAwake?.(clock.now()) === false) return;
        if (!owner.released && !owner.frozen) deliver(owner, endpoint, event);
      },
    };
    this.timers = new TimerQueue({
      clock,
      fire: ({ owner, timer }, now) => {
        if (!owner.frozen) deliverTimer(owner, timer, now);
      },
      ...(onLateness ? { onLateness } : {}),
      ...(isAwake ? { isAwake } : {}),
    });
    this.#relay?.attach(this.#host);
  }

  /** The effects that follow are of this phone. */
  select(owner: Owner): void {
    this.#owner = owner;
  }

  /** The end of a step: what `send` has collected is written. */
  flush(): void {
    for (let tcp = this.#unwritten.pop(); tcp !== undefined; tcp = this.#unwritten.pop()) tcp.flush();
  }

  /** Closes everything that a phone has. Nothing is delivered to it afterwards. */
  release(owner: Owner): void {
    owner.released = true;
    for (const socket of owner.sockets.values()) socket.close();
    owner.sockets.clear();
    for (const timer of owner.timers.values()) this.timers.clear(timer);
    owner.timers.clear();
    this.#relay?.release(owner);
  }

  /**
   * The selected phone has lost its power: no timer of it fires, no socket is left. Connections are reset where their
   * address is unreachable, so that no server hears of it; elsewhere they are closed in order. Its TLS sessions are
   * forgotten.
   */
  vanish(): void {
    const owner = this.#selected();
    for (const socket of owner.sockets.values()) {
      if (owner.unreachable && socket instanceof TcpEndpoint) socket.reset();
      else socket.close();
    }
    owner.sockets.clear();
    for (const timer of owner.timers.values()) this.timers.clear(timer);
    this.tls.forget(owner);
    this.#relay?.release(owner);
  }

  /** No timer fires any more. Phones are released one by one. */
  shutDown(): void {
    this.timers.close();
  }

  bind(endpoint: Endpoint): void {
    const owner = this.#selected();
    owner.sockets.get(endpoint)?.close();
    owner.sockets.set(endpoint, new UdpEndpoint(this.#host, owner, endpoint, owner.sourceAddress));
  }

  sendTo(endpoint: Endpoint, address: string, port: number, bytes: Uint8Array): void {
    const owner = this.#selected();
    if (this.#kinds[endpoint] === 'relay') return this.#relay?.sendTo(owner, address, port, bytes);
    const socket = owner.sockets.get(endpoint);
    if (socket instanceof UdpEndpoint) socket.sendTo(address, port, bytes);
  }

  connect(endpoint: Endpoint, address: string, port: number, demand?: TlsDemand): void {
    const owner = this.#selected();
    owner.sockets.get(endpoint)?.close();
    const security = demand ? { client: this.tls, demand } : null;
    const tcp = new TcpEndpoint(this.#host, owner, endpoint, owner.sourceAddress, address, port, security);
    owner.sockets.set(endpoint, tcp);
  }

  send(endpoint: Endpoint, bytes: Uint8Array): void {
    const socket = this.#selected().sockets.get(endpoint);
    if (socket instanceof TcpEndpoint && socket.send(bytes)) this.#unwritten.push(socket);
  }

  close(endpoint: Endpoint): void {
    const owner = this.#selected();
    owner.sockets.get(endpoint)?.close();
    owner.sockets.delete(endpoint);
  }

  setTimer(timer: Timer, delayMs: number): void {
    const owner = this.#selected();
    let queued = owner.timers.get(timer);
    if (queued === undefined) {
      queued = this.timers.create({ owner, timer });
      owner.timers.set(timer, queued);
    }
    this.timers.set(queued, delayMs);
  }

  clearTimer(timer: Timer): void {
    const queued = this.#selected().timers.get(timer);
    if (queued) this.timers.clear(queued);
  }

  #selected(): Owner {
    if (this.#owner === null) throw new Error('an effect outside a step');
    return this.#owner;
  }
}
