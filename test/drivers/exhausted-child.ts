/**
 * Run with few descriptors: opens more ports and streams than there can be, and prints what became of them.
 * Not a test by itself: `endpoint-driver.test.ts` starts it under `ulimit -n`.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { clockSince, monotonicMilliseconds } from '../../src/drivers/clock.ts';
import { DriverOwner, EndpointDriver } from '../../src/drivers/endpoint-driver.ts';
import { TargetGuard } from '../../src/drivers/target-guard.ts';

type Endpoint = 'udp' | 'tcp';

class Owner extends DriverOwner<Endpoint, never> {}

const PHONES = 150;
const outcomes: Record<string, number> = {};
const accepted = new Set<Socket>();
const server = createServer((socket) => {
  accepted.add(socket);
  socket.on('error', () => {});
});
const clock = clockSince(monotonicMilliseconds());
const driver = new EndpointDriver<Owner, Endpoint, never>({
  clock,
  guard: new TargetGuard(),
  kinds: { udp: 'udp', tcp: 'tcp' },
  relay: null,
  deliver: (_owner, endpoint, event) => {
    const kind = 'cause' in event ? `${event.type} ${event.cause}` : event.type;
    const key = `${endpoint} ${kind}`;
    outcomes[key] = (outcomes[key] ?? 0) + 1;
  },
  deliverTimer: () => {},
});

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  const owners = Array.from(
    { length: PHONES },
    (_, n) => new Owner(n % 2 === 0 ? `127.1.4.${n + 1}` : undefined),
  );
  const all = (effects: () => void): void => {
    for (const owner of owners) {
      driver.select(owner);
      effects();
      driver.flush();
    }
  };
  all(() => driver.bind('udp'));
  all(() => driver.connect('tcp', '127.0.0.1', port));
  const poll = setInterval(() => {
    const heard = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
    if (heard < PHONES + (PHONES - driver.counters.openUdp)) return;
    clearInterval(poll);
    const { openUdp: udp, openTcp: tcp } = driver.counters;
    for (const owner of owners) driver.release(owner);
    for (const socket of accepted) socket.destroy();
    server.close();
    driver.shutDown();
    process.stdout.write(JSON.stringify({ outcomes, open: { udp, tcp } }));
  }, 10);
});
