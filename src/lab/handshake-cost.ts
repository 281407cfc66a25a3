/**
 * What a TLS handshake costs the client's side on this machine, by doing some: over the drivers that phones use, against
 * a server in a process of its own, on loopback. The connection itself is measured too, and taken off.
 */
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { BootstormError } from '../errors.ts';
import { clockSince, monotonicMilliseconds } from '../drivers/clock.ts';
import { DriverOwner, EndpointDriver } from '../drivers/endpoint-driver.ts';
import { modulePath, typescriptExecArgv } from '../drivers/process-module.ts';
import { TargetGuard } from '../drivers/target-guard.ts';
import { createAuthority } from '../pki/authority.ts';
import type { Credential } from '../protocols/credential.ts';
import type { MachineEvent } from '../protocols/effects.ts';
import type { TlsDemand, TlsProfile } from '../protocols/tls.ts';

export interface HandshakeCost {
  /** CPU time of one handshake of the client's side, ms: user and kernel. */
  readonly fullMs: number;
  readonly resumedMs: number;
}

const ADDRESS = '127.0.0.1';
const WARM_UP = 10;
const MEASURED = 30;
/** Whoever waits for the server hears of its end. */
const LIMIT_MS = 60_000;

/**
 * About a second and a half of this process and another.
 * Throws BootstormError `invalid-scenario` for a profile that is not possible with this Node, otherwise `lab-failed`.
 */
export async function measureHandshakeCost(profile: TlsProfile): Promise<HandshakeCost> {
  const server = fork(modulePath('src/lab/handshake-process'), [], { execArgv: typescriptExecArgv() });
  const visitor = new Visitor();
  const limit = setTimeout(() => server.kill('SIGKILL'), LIMIT_MS);
  try {
    const [[port], credential] = await Promise.all([
      Promise.race([
        once(server, 'message') as Promise<[number]>,
        once(server, 'exit').then(() => Promise.reject(new Error('their server has ended'))),
        // `once` rejects when the process could not be started.
      ]).catch((error: Error) => Promise.reject(failure(error.message))),
      throwawayCredential(),
    ]);
    const plainMs = await visitor.meanCpuMs(port, null);
    const fullMs = await visitor.meanCpuMs(port, { profile, credential, resume: false });
    const resumedMs = await visitor.meanCpuMs(port, { profile, credential, resume: true });
    if (visitor.resumed < MEASURED) throw failure(`only ${visitor.resumed} sessions were resumed`);
    return { fullMs: Math.max(fullMs - plainMs, 0), resumedMs: Math.max(resumedMs - plainMs, 0) };
  } finally {
    clearTimeout(limit);
    visitor.close();
    server.kill('SIGKILL');
  }
}

function failure(why: string): BootstormError {
  return new BootstormError('lab-failed', `handshakes cannot be measured: ${why}`);
}

async function throwawayCredential(): Promise<Credential> {
  const authority = await createAuthority({ subject: { CN: 'handshake cost' }, days: 1 });
  const digest = createHash('sha256').update(authority.certificate).digest('hex');
  return { origin: 'lsc', digest, ...authority };
}

const GREETING = Uint8Array.of(0x2e);

type Owner = DriverOwner<'stream', never>;

/** Connects, one after the other, and closes. */
class Visitor {
  readonly #owner: Owner = new DriverOwner<'stream', never>(undefined);
  readonly #driver = new EndpointDriver<Owner, 'stream', never>({
    clock: clockSince(monotonicMilliseconds()),
    guard: new TargetGuard(),
    kinds: { stream: 'tcp' },
    relay: null,
    deliver: (_, __, event) => this.#onEvent(event),
    deliverTimer: () => {},
  });
  #onEvent: (event: MachineEvent) => void = () => {};

  async meanCpuMs(port: number, demand: TlsDemand | null): Promise<number> {
    for (let n = 0; n < WARM_UP; n++) await this.#visit(port, demand);
    const before = process.cpuUsage();
    for (let n = 0; n < MEASURED; n++) await this.#visit(port, demand);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000 / MEASURED;
  }

  get resumed(): number {
    return this.#driver.tls.counters.resumedHandshakes;
  }

  close(): void {
    this.#driver.release(this.#owner);
    this.#driver.shutDown();
  }

  /**
   * To the first byte from a secured server, because a session of TLS 1.3 comes after the handshake, and with an answer,
   * because only the session of a server that was spoken to is kept.
   */
  async #visit(port: number, demand: TlsDemand | null): Promise<void> {
    const last = demand === null ? 'connected' : 'data';
    await new Promise<void>((resolve, reject) => {
      this.#onEvent = (event) => {
        if (event.type === last) resolve();
        if (event.type === 'closed')
          reject(refusal(demand, event.detail ?? event.alert?.name ?? event.cause));
      };
      this.#driver.select(this.#owner);
      this.#driver.connect('stream', ADDRESS, port, demand ?? undefined);
    });
    this.#driver.select(this.#owner);
    if (demand !== null) this.#driver.send('stream', GREETING);
    this.#driver.close('stream');
  }
}

function refusal(demand: TlsDemand | null, reason: string): BootstormError {
  const what = demand === null ? 'connection to 127.0.0.1' : `TLS handshake as "${demand.profile.name}"`;
  return new BootstormError(
    'invalid-scenario',
    `no ${what} is possible with Node ${process.version}: ${reason}`,
    {
      hint: 'take another phones.security.tlsProfile, or another version of Node',
    },
  );
}
