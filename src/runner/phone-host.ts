/**
 * Phones on drivers: every event goes to the phone it is for, and what the phone asks for is done. No protocol and
 * no schedule here. One host serves all phones of a worker, one step at a time.
 */
import type { Clock } from '../drivers/clock.ts';
import { DriverOwner, EndpointDriver } from '../drivers/endpoint-driver.ts';
import type { SocketCounters } from '../drivers/endpoint-host.ts';
import type { RelayEndpoint } from '../drivers/relay-endpoint.ts';
import type { Tap } from '../drivers/tap.ts';
import type { TargetGuard } from '../drivers/target-guard.ts';
import type { TlsClient, TlsCounters } from '../drivers/tls-client.ts';
import type { TimerQueue } from '../drivers/timer-queue.ts';
import type { BootEvent } from '../phone/boot-event.ts';
import { stepPhone } from '../phone/boot-sequence.ts';
import { type Phone, PhoneOutput } from '../phone/phone.ts';
import type { TlsDemand } from '../protocols/tls.ts';
import {
  ENDPOINT_KINDS,
  type PhoneEffects,
  type PhoneEndpoint,
  type PhoneEvent,
  type PhoneTimer,
} from '../phone/phone-effects.ts';

/** A phone and what the drivers hold for it. `index` is its place in the worker's shard. */
export class HostedPhone extends DriverOwner<PhoneEndpoint, PhoneTimer> {
  readonly index: number;
  readonly phone: Phone;

  constructor(index: number, phone: Phone, sourceAddress: string | undefined) {
    super(sourceAddress);
    this.index = index;
    this.phone = phone;
  }
}

export interface PhoneHostOptions {
  readonly clock: Clock;
  readonly guard: TargetGuard;
  readonly relay: RelayEndpoint<HostedPhone, PhoneEndpoint> | null;
  readonly observe: (hosted: HostedPhone, event: BootEvent) => void;
  /** A phone has ended by itself or because it was asked to. */
  readonly onEnd: (hosted: HostedPhone) => void;
  readonly onLateness?: (lateMs: number) => void;
  readonly tap?: Tap<HostedPhone, PhoneEndpoint> | null;
  /** Left out: one that keeps every context. */
  readonly tls?: TlsClient<HostedPhone>;
  /** Wraps the effects of every phone and sees every event: for recordings. */
  readonly recorder?: PhoneRecorder;
  /** Asked before a phone gets anything to do; false: it does not. Left out: always. */
  readonly isAwake?: (now: number) => boolean;
}

export interface PhoneRecorder {
  wrap(effects: PhoneEffects): PhoneEffects;
  event(event: PhoneEvent): void;
}

export class PhoneHost implements PhoneEffects {
  readonly #driver: EndpointDriver<HostedPhone, PhoneEndpoint, PhoneTimer>;
  readonly #output: PhoneOutput;
  readonly #options: PhoneHostOptions;
  #hosted: HostedPhone | null = null;

  constructor(options: PhoneHostOptions) {
    const { clock, guard, relay, onLateness, tap = null, recorder, tls, isAwake } = options;
    this.#options = options;
    this.#driver = new EndpointDriver({
      clock,
      guard,
      kinds: ENDPOINT_KINDS,
      relay,
      tap,
      ...(tls ? { tls } : {}),
      ...(onLateness ? { onLateness } : {}),
      ...(isAwake ? { isAwake } : {}),
      deliver: (hosted, endpoint, event) => this.step(hosted, { type: 'endpoint', endpoint, event }),
      deliverTimer: (hosted, timer, now) => this.step(hosted, { type: 'timer', timer, now }),
    });
    this.#output = new PhoneOutput(recorder ? recorder.wrap(this) : this);
  }

  get clock(): Clock {
    return this.#options.clock;
  }

  get counters(): Readonly<SocketCounters> {
    return this.#driver.counters;
  }

  get tlsCounters(): Readonly<TlsCounters> {
    return this.#driver.tls.counters;
  }

  /** The phones' timers; the schedule may arm its own beside them. */
  get timers(): Pick<TimerQueue<unknown>, 'size'> {
    return this.#driver.timers;
  }

  step(hosted: HostedPhone, event: PhoneEvent): void {
    this.#options.recorder?.event(event);
    this.#hosted = hosted;
    this.#driver.select(hosted);
    stepPhone(hosted.phone, event, this.#output);
    this.#driver.flush();
  }

  /** Closes what a phone still has, without a word to its servers. */
  release(hosted: HostedPhone): void {
    this.#driver.release(hosted);
  }

  shutDown(): void {
    this.#driver.shutDown();
  }

  bind(endpoint: PhoneEndpoint): void {
    this.#driver.bind(endpoint);
  }

  sendTo(endpoint: PhoneEndpoint, address: string, port: number, bytes: Uint8Array): void {
    this.#driver.sendTo(endpoint, address, port, bytes);
  }

  connect(endpoint: PhoneEndpoint, address: string, port: number, tls?: TlsDemand): void {
    this.#driver.connect(endpoint, address, port, tls);
  }

  send(endpoint: PhoneEndpoint, bytes: Uint8Array): void {
    this.#driver.send(endpoint, bytes);
  }

  close(endpoint: PhoneEndpoint): void {
    this.#driver.close(endpoint);
  }

  setTimer(timer: PhoneTimer, delayMs: number): void {
    this.#driver.setTimer(timer, delayMs);
  }

  clearTimer(timer: PhoneTimer): void {
    this.#driver.clearTimer(timer);
  }

  emit(event: BootEvent): void {
    if (this.#hosted) this.#options.observe(this.#hosted, event);
  }

  vanish(): void {
    this.#driver.vanish();
  }

  done(): void {
    const hosted = this.#hosted;
    if (!hosted) return;
    setImmediate(() => {
      this.release(hosted);
      this.#options.onEnd(hosted);
    });
  }
}
