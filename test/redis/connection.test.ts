import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { promisify } from 'node:util';
import type { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { BootstormError } from '../../src/errors.ts';
import { redisAddress, redisAddressFlaw, redisName } from '../../src/redis/address.ts';
import { openRedis, redisFailure } from '../../src/redis/connection.ts';
import { freePort } from '../support/free-port.ts';
import { RedisServer } from '../support/redis-server.ts';

const SOURCE = new URL('../../src/redis/connection.ts', import.meta.url).href;
/** What ioredis says of a command that it does not keep for later. */
const NOT_KEPT = /isn't writeable|max retries|closed/;
const PASSWORD = 'p@ss word/é';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function errorOf(promise: Promise<unknown>): Promise<BootstormError> {
  const error: unknown = await promise.then(
    () => 'no error',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BootstormError);
  return error as BootstormError;
}

describe('the address of Redis', () => {
  it.each([
    ['redis://host', { host: 'host', port: 6379, database: 0, tls: false, user: null, password: null }],
    [
      'rediss://user:p%40ss@10.0.0.1:7000/15',
      { host: '10.0.0.1', port: 7000, database: 15, tls: true, user: 'user', password: 'p@ss' },
    ],
    [
      'redis://:secret@[::1]:1/',
      { host: '::1', port: 1, database: 0, tls: false, user: null, password: 'secret' },
    ],
  ])('%s', (url, address) => {
    expect(redisAddress(url)).toEqual(address);
  });

  it.each([
    '',
    'host:6379',
    'http://host',
    'redis://',
    'redis://:secret@host/x',
    'redis://:secret@host:0x1',
    'redis://host?db=1',
    'redis://:%E0%A4%A@host',
  ])('is refused, without telling a password: %s', (url) => {
    expect(() => redisAddress(url)).toThrow(BootstormError);
    expect(() => redisAddress(url)).not.toThrow(/secret/);
  });

  it.each([
    ['host:6379', /redis:\/\/ or rediss:\/\/ in front/],
    ['redis://host:99999', /port/],
    ['redis://:secret@host/x', /number of a database/],
    ['redis://:%E0%A4%A@host', /percent-encoded/],
  ])('is refused with the part that is wrong: %s', (url, flaw) => {
    expect(redisAddressFlaw(url)).toMatch(flaw);
    expect(redisAddressFlaw('redis://host:6379/1')).toBeNull();
  });

  it('is shown without user and password', () => {
    expect(redisName('rediss://user:secret@[::1]:7000/3')).toBe('rediss://[::1]:7000/3');
  });
});

describe('a connection', () => {
  it('has user, password and database from its address', async () => {
    const server = await RedisServer.start({ password: PASSWORD });
    const redis = await openRedis(`${server.url}/5`);
    cleanups.push(() => redis.disconnect());
    await redis.set('key', 'value');
    expect(await redis.info('keyspace')).toMatch(/^db5:keys=1/m);
  });

  it('is refused with a wrong password, which is not told', async () => {
    const server = await RedisServer.start({ password: PASSWORD });
    const error = await errorOf(
      openRedis(server.url.replace(/:[^/]*@/, ':wrong-secret@'), { patienceMs: 60_000 }),
    );
    expect(error.code).toBe('redis-refused');
    expect(error.hint).toContain('password');
    expect(`${error.message}${error.hint}`).not.toContain('wrong-secret');
    expect((await errorOf(openRedis(server.url.replace(/:[^/]*@/, '')))).code).toBe('redis-refused');
  });

  it('is refused for a database that does not exist', async () => {
    const server = await RedisServer.start();
    expect((await errorOf(openRedis(`${server.url}/999`))).code).toBe('redis-refused');
  });

  it('to nobody: an error, or patience until somebody is there', async () => {
    const port = await freePort();
    const error = await errorOf(openRedis(`redis://127.0.0.1:${port}`));
    expect(error).toMatchObject({ code: 'redis-unreachable', retryable: true });

    const server = await RedisServer.start();
    await server.stop();
    const opening = openRedis(server.url, { patienceMs: 60_000 });
    await server.restartEmpty();
    const redis = await opening;
    cleanups.push(() => redis.disconnect());
    expect(await redis.ping()).toBe('PONG');
  });

  it('to one that never answers is given up', async () => {
    const server = await RedisServer.start();
    server.freeze();
    const error = await errorOf(openRedis(server.url, { answerLimitMs: 100 }));
    expect(error.code).toBe('redis-unreachable');
  });

  it('to an old Redis is refused, and to what is no Redis', async () => {
    // As Redis 5 answers, and as a web server does.
    const old = await answering((request) => {
      if (/SETINFO/i.test(request) || !/info/i.test(request)) return '-ERR unknown command `HELLO`\r\n';
      return '$20\r\nredis_version:5.0.14\r\n';
    });
    const web = await answering(() => 'HTTP/1.1 400 Bad Request\r\n\r\n');
    expect((await errorOf(openRedis(old))).code).toBe('redis-too-old');
    expect((await errorOf(openRedis(web, { answerLimitMs: 300 }))).code).toBe('redis-unreachable');
  });

  it('lets commands fail while Redis is frozen or gone, keeps none of them, and comes back', async () => {
    const server = await RedisServer.start();
    const redis = await openRedis(server.url, { answerLimitMs: 1500 });
    cleanups.push(() => redis.disconnect());
    server.freeze();
    const failures = await Promise.all([
      errorOf(redis.incr('frozen').catch((error: unknown) => Promise.reject(redisFailure(error, redis)))),
      errorOf(redis.incr('frozen').catch((error: unknown) => Promise.reject(redisFailure(error, redis)))),
    ]);
    expect(failures.map(({ code }) => code)).toEqual(['redis-unreachable', 'redis-unreachable']);
    await expect(redis.incr('unconnected')).rejects.toThrow(NOT_KEPT);
    const ready = readyAgain(redis);
    server.thaw();
    await ready;
    expect(await redis.get('unconnected')).toBeNull();

    await server.stop();
    await expect(redis.incr('gone')).rejects.toThrow(NOT_KEPT);
    const again = readyAgain(redis);
    await server.restartEmpty();
    await again;
    expect(await redis.get('gone')).toBeNull();
  });

  it('uses TLS, and trusts whom NODE_EXTRA_CA_CERTS names', async () => {
    const server = await RedisServer.start({ tls: true, password: PASSWORD });
    const error = await errorOf(openRedis(server.url));
    expect(error.code).toBe('redis-unreachable');
    expect(error.hint).toContain('NODE_EXTRA_CA_CERTS');

    const script = `
      import { openRedis } from '${SOURCE}';
      const redis = await openRedis(process.argv[1]);
      console.log(await redis.ping());
      redis.disconnect();`;
    const flags = ['--import', 'tsx', '--input-type=module', '-e', script, server.url];
    const environment = { ...process.env, NODE_EXTRA_CA_CERTS: server.caFile };
    const { stdout } = await promisify(execFile)(process.execPath, flags, { env: environment });
    expect(stdout.trim()).toBe('PONG');
  });
});

/** `once` of events would reject at each attempt to connect that fails. */
function readyAgain(redis: Redis): Promise<void> {
  return new Promise((resolve) => {
    redis.once('ready', () => resolve());
  });
}

/** A server that answers each piece of a request so; its address. */
async function answering(answer: (request: string) => string): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (request) => {
      // One answer for each command of a pipeline.
      for (const command of String(request).split(/(?=\*\d+\r\n)/)) socket.write(answer(command));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => server.close());
  return `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
