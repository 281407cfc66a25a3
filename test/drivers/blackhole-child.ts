/**
 * A phone whose address is made unreachable while it is connected, as server and phone see it; prints what they saw.
 * Not a test by itself: `source-blackhole.test.ts` runs it in a network namespace, with the argument `tls` for a
 * connection that is secured.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { clockSince, monotonicMilliseconds } from '../../src/drivers/clock.ts';
import { DriverOwner, EndpointDriver } from '../../src/drivers/endpoint-driver.ts';
import { SourceBlackhole } from '../../src/drivers/source-blackhole.ts';
import { TargetGuard } from '../../src/drivers/target-guard.ts';
import { createAuthority } from '../../src/pki/authority.ts';
import { certificatePem } from '../../src/pki/pem.ts';

const SECURE = process.argv[2] === 'tls';
const PROFILE = { name: 'test', minVersion: 'TLSv1', maxVersion: 'TLSv1', suites: ['AES128-SHA'] } as const;
const DEMAND = { profile: PROFILE, credential: null, resume: true };

const ADDRESSES = ['127.16.0.5', '127.16.0.6'] as const;
const [ADDRESS] = ADDRESSES;

const heard: string[] = [];
const server = SECURE ? await tlsServer() : createServer();
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

const connected: (() => void)[] = [];
const driver = new EndpointDriver<DriverOwner<'phone', never>, 'phone', never>({
  clock: clockSince(monotonicMilliseconds()),
  guard: new TargetGuard(),
  kinds: { phone: 'tcp' },
  relay: null,
  deliver: (_, __, event) => {
    if (event.type === (SECURE ? 'secured' : 'connected')) connected.shift()?.();
  },
  deliverTimer: () => {},
});

async function tlsServer(): Promise<Server> {
  const { certificate, privateKey } = await createAuthority({ subject: { CN: 'test' }, days: 1 });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const options = { cert: certificatePem(certificate), key, ciphers: 'AES128-SHA:@SECLEVEL=0' } as const;
  return createTlsServer({ ...options, minVersion: 'TLSv1' });
}

async function connectPhone(): Promise<{ phone: DriverOwner<'phone', never>; seen: Socket }> {
  const phone = new DriverOwner<'phone', never>(ADDRESS);
  const accepted = once(server, SECURE ? 'secureConnection' : 'connection') as Promise<[Socket]>;
  const open = new Promise<void>((resolve) => connected.push(resolve));
  driver.select(phone);
  driver.connect('phone', '127.0.0.1', port, SECURE ? DEMAND : undefined);
  const [seen] = await accepted;
  await open;
  seen.on('end', () => heard.push('FIN'));
  seen.on('error', (error) => heard.push((error as NodeJS.ErrnoException).code ?? error.message));
  return { phone, seen };
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
  });
}

function vanish(phone: DriverOwner<'phone', never>, unreachable: boolean): void {
  phone.unreachable = unreachable;
  driver.select(phone);
  driver.vanish();
}

const blackhole = new SourceBlackhole();
const { phone, seen } = await connectPhone();
const blocked = await blackhole.block(ADDRESSES);
vanish(phone, true);
// The kernel has had every chance to send: a connection of somebody else makes it there and back.
const other = createServer();
other.listen(0, '127.0.0.1');
await once(other, 'listening');
other.close();
const whileDark = [...heard];
const openWhileDark = seen.readyState;
await blackhole.unblock(ADDRESSES);
const ended = closed(seen);
seen.write('are you there?');
await ended;
const afterWrite = heard.splice(0);

const inOrder = await connectPhone();
const endedInOrder = closed(inOrder.seen);
vanish(inOrder.phone, false);
await endedInOrder;

const blockedTwice = await blackhole.block(['127.16.0.9', 'not-an-address']);
await blackhole.block(ADDRESSES);
await blackhole.close();
const afterClose = await blackhole.block(ADDRESSES);
server.close();
driver.shutDown();
process.stdout.write(
  JSON.stringify({ blocked, whileDark, openWhileDark, afterWrite, inOrder: heard, blockedTwice, afterClose }),
);
