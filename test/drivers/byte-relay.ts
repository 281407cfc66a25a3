import { connect, type Socket } from 'node:net';
import { listen, turns } from './driver-harness.ts';

export interface ByteRelay {
  readonly port: number;
  /** Bytes that came from clients so far. */
  readonly fromClients: () => number;
  /** How the first client's connection ended: the kernel's code, or `fin`. */
  readonly ended: Promise<string>;
  /** What the server sent. */
  readonly fromServer: () => Buffer;
  /** What passed, in order. */
  readonly passed: readonly PassedBytes[];
}

interface PassedBytes {
  readonly from: 'client' | 'server';
  readonly bytes: Buffer;
}

/**
 * Hands on what clients send to a server on this machine. Answers come byte by byte where `dribble` is set, and end
 * with FIN after `cutAfter` bytes of them, which may differ between connections.
 */
export async function relayTo(
  serverPort: number,
  {
    dribble = false,
    cutAfter = () => Infinity,
  }: { dribble?: boolean; cutAfter?: (connection: number) => number } = {},
): Promise<ByteRelay> {
  let connections = 0;
  const passed: PassedBytes[] = [];
  const bytesFrom = (side: PassedBytes['from']): Buffer =>
    Buffer.concat(passed.filter(({ from }) => from === side).map(({ bytes }) => bytes));
  const ended = deferred<string>();
  const { port } = await listen((client) => {
    const upstream = connect(serverPort, '127.0.0.1');
    client.setNoDelay(true);
    client.on('data', (bytes) => {
      passed.push({ from: 'client', bytes });
      upstream.write(bytes);
    });
    client.on('error', (error) => ended.resolve('code' in error ? String(error.code) : error.message));
    client.on('end', () => ended.resolve('fin'));
    client.on('close', () => upstream.destroy());
    upstream.on('error', () => {});
    void handBack(upstream, client, { dribble, cutAfter: cutAfter(connections++) }, passed).catch(() =>
      client.end(),
    );
  });
  return {
    port,
    fromClients: () => bytesFrom('client').length,
    ended: ended.promise,
    fromServer: () => bytesFrom('server'),
    passed,
  };
}

async function handBack(
  upstream: Socket,
  client: Socket,
  { dribble, cutAfter }: { dribble: boolean; cutAfter: number },
  log: PassedBytes[],
): Promise<void> {
  let passed = 0;
  if (cutAfter === 0) return void client.end();
  for await (const chunk of upstream) {
    const bytes = (chunk as Buffer).subarray(0, cutAfter - passed);
    passed += bytes.length;
    log.push({ from: 'server', bytes });
    for (let at = 0; at < bytes.length; at += dribble ? 1 : bytes.length) {
      client.write(dribble ? bytes.subarray(at, at + 1) : bytes);
      if (dribble) await turns(1);
    }
    if (passed >= cutAfter) break;
  }
  client.end();
}

export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

export function deferred<T = void>(): Deferred<T> {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
