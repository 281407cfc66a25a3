/**
 * What TLS costs a worker: CPU time of the client's side of a handshake by profile, and memory of connections and of
 * contexts. Servers are other processes, all on loopback.
 *
 *     npm run bench:handshake
 */
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { clockSince, monotonicMilliseconds } from '../src/drivers/clock.ts';
import { DriverOwner, EndpointDriver } from '../src/drivers/endpoint-driver.ts';
import { modulePath, typescriptExecArgv } from '../src/drivers/process-module.ts';
import { TargetGuard } from '../src/drivers/target-guard.ts';
import { TlsClient } from '../src/drivers/tls-client.ts';
import { measureHandshakeCost } from '../src/lab/handshake-cost.ts';
import { TLS_PROFILES } from '../src/phone/tls-profiles.ts';
import { createAuthority } from '../src/pki/authority.ts';
import type { Credential } from '../src/protocols/credential.ts';
import type { TlsDemand } from '../src/protocols/tls.ts';

const CONNECTIONS = 1000;
/** How many are opened at once. */
const WIDTH = 50;
const PROFILE = TLS_PROFILES['78xx'].encrypted;

const authority = await createAuthority({ subject: { CN: 'bench' }, days: 1 });
const digest = createHash('sha256').update(authority.certificate).digest('hex');

/** The same certificate under other names: contexts of their own. */
function credential(number: number): Credential {
  return { origin: 'lsc', digest: `${digest}${number}`, ...authority };
}

function line(what: string, value: number, unit: string): void {
  process.stdout.write(`${what.padEnd(56)} ${value.toFixed(2).padStart(8)} ${unit}\n`);
}

/** KB for each of the things that `make` makes. */
async function kilobytesEach(make: () => Promise<void> | void): Promise<number> {
  const before = process.memoryUsage.rss();
  await make();
  return (process.memoryUsage.rss() - before) / 1024 / CONNECTIONS;
}

async function openAll(port: number, demand: TlsDemand | undefined): Promise<() => void> {
  const waiting = new Map<object, () => void>();
  const driver = new EndpointDriver<DriverOwner<'stream', never>, 'stream', never>({
    clock: clockSince(monotonicMilliseconds()),
    guard: new TargetGuard(),
    kinds: { stream: 'tcp' },
    relay: null,
    deliver: (owner, _, event) => {
      if (event.type === 'closed')
        throw new Error(`a connection ended: ${event.cause} ${event.detail ?? ''}`);
      if (event.type === (demand ? 'secured' : 'connected')) waiting.get(owner)?.();
    },
    deliverTimer: () => {},
  });
  const owners = Array.from({ length: CONNECTIONS }, () => new DriverOwner<'stream', never>(undefined));
  for (let from = 0; from < CONNECTIONS; from += WIDTH) {
    await Promise.all(
      owners.slice(from, from + WIDTH).map(async (owner) => {
        const open = new Promise<void>((resolve) => waiting.set(owner, resolve));
        driver.select(owner);
        driver.connect('stream', '127.0.0.1', port, demand);
        await open;
      }),
    );
  }
  return () => {
    for (const owner of owners) driver.release(owner);
    driver.shutDown();
  };
}

process.stdout.write(`Node ${process.version}, OpenSSL ${process.versions.openssl}\n`);
for (const profiles of Object.values(TLS_PROFILES)) {
  for (const profile of [profiles.authenticated, profiles.encrypted]) {
    const { fullMs, resumedMs } = await measureHandshakeCost(profile);
    line(`${profile.name}, full handshake, client CPU`, fullMs, 'ms');
    line(`${profile.name}, resumed`, resumedMs, 'ms');
  }
}

const contexts = new TlsClient<object>(Infinity);
contexts.prepare(PROFILE, credential(-1));
const cpu = process.cpuUsage();
const contextKb = await kilobytesEach(() => {
  for (let number = 0; number < CONNECTIONS; number++) contexts.prepare(PROFILE, credential(number));
});
const { user, system } = process.cpuUsage(cpu);
line('a context with its certificate and key, CPU', (user + system) / 1000 / CONNECTIONS, 'ms');
line('a context with its certificate and key, memory', contextKb, 'KB');

const server = fork(modulePath('src/lab/handshake-process'), [], { execArgv: typescriptExecArgv() });
const [port] = (await once(server, 'message')) as [number];
for (const [what, demand] of [
  ['TCP alone', undefined],
  ['TLS, one context for all', { profile: PROFILE, credential: credential(0), resume: false }],
] as const) {
  let close = (): void => {};
  const kilobytes = await kilobytesEach(async () => {
    close = await openAll(port, demand);
  });
  line(`an open connection, ${what}, memory`, kilobytes, 'KB');
  close();
}
server.disconnect();
