import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { clockSince, monotonicMilliseconds } from '../../src/drivers/clock.ts';
import {
  DriverOwner,
  EndpointDriver,
  type EndpointDriverOptions,
} from '../../src/drivers/endpoint-driver.ts';
import type { RelayEndpoint } from '../../src/drivers/relay-endpoint.ts';
import { TargetGuard } from '../../src/drivers/target-guard.ts';
import type { TlsClient } from '../../src/drivers/tls-client.ts';
import type { MachineEvent } from '../../src/protocols/effects.ts';

export type TestEndpoint = 'dns' | 'primary' | 'standby' | 'dhcp';
export type TestTimer = 'retry' | 'keepAlive';

/** What the runner will have for each phone, as far as drivers see it. */
export class TestOwner extends DriverOwner<TestEndpoint, TestTimer> {
  constructor(sourceAddress: string | undefined = '127.0.0.1') {
    super(sourceAddress);
  }
}

export interface Delivery {
  readonly owner: TestOwner;
  readonly endpoint: TestEndpoint;
  readonly event: MachineEvent<TestTimer>;
}

type Options = EndpointDriverOptions<TestOwner, TestEndpoint, TestTimer>;

/** A driver whose deliveries are kept. Bytes are copied: they are the driver's after delivery. */
export class Harness {
  readonly clock = clockSince(monotonicMilliseconds());
  readonly driver: EndpointDriver<TestOwner, TestEndpoint, TestTimer>;
  readonly deliveries: Delivery[] = [];
  /** Does what a machine would do, within the delivery. */
  react: (delivery: Delivery) => void = () => {};
  readonly #owners = new Set<TestOwner>();
  #waiting: { count: number; resolve: () => void } | null = null;

  constructor(
    options: {
      relay?: RelayEndpoint<TestOwner, TestEndpoint>;
      tap?: NonNullable<Options['tap']>;
      tls?: TlsClient<TestOwner>;
      isAwake?: (now: number) => boolean;
    } = {},
  ) {
    const { relay, ...others } = options;
    this.driver = new EndpointDriver({
      clock: this.clock,
      guard: new TargetGuard(),
      kinds: { dns: 'udp', primary: 'tcp', standby: 'tcp', dhcp: 'relay' },
      relay: relay ?? null,
      deliver: (owner, endpoint, event) => this.#take(owner, endpoint, event as MachineEvent<TestTimer>),
      deliverTimer: (owner, timer, now) => this.#take(owner, 'dns', { type: 'timer', timer, now }),
      ...others,
    });
    onTestFinished(() => this.close());
  }

  /** One step of an owner: select, effects, flush. */
  step(owner: TestOwner, effects: (driver: Harness['driver']) => void): void {
    this.#owners.add(owner);
    this.driver.select(owner);
    effects(this.driver);
    this.driver.flush();
  }

  /** Wait until `count` deliveries have come since the beginning. */
  async received(count: number): Promise<void> {
    if (this.deliveries.length >= count) return;
    await new Promise<void>((resolve) => {
      this.#waiting = { count, resolve };
    });
  }

  get events(): MachineEvent<TestTimer>[] {
    return this.deliveries.map((delivery) => delivery.event);
  }

  /** The types of all events, `closed` and `unsendable` with their cause. */
  get kinds(): string[] {
    return this.events.map((event) => ('cause' in event ? `${event.type} ${event.cause}` : event.type));
  }

  close(): void {
    for (const owner of this.#owners) this.driver.release(owner);
    this.driver.shutDown();
  }

  #take(owner: TestOwner, endpoint: TestEndpoint, event: MachineEvent<TestTimer>): void {
    const kept = 'bytes' in event ? { ...event, bytes: Buffer.from(event.bytes) } : event;
    const delivery = { owner, endpoint, event: kept };
    this.deliveries.push(delivery);
    this.react(delivery);
    if (this.#waiting !== null && this.deliveries.length >= this.#waiting.count) {
      this.#waiting.resolve();
      this.#waiting = null;
    }
  }
}

/** A TCP server on a port of its own; all its connections end with the test. */
export async function listen(
  accept: (socket: Socket) => void,
  host = '127.0.0.1',
  allowHalfOpen = false,
): Promise<{ server: Server; port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    accept(socket);
  });
  server.listen(0, host);
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { server, port: (server.address() as AddressInfo).port };
}

/** Let the event loop turn, so that what was deferred or is on its way over loopback arrives. */
export async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}
