import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readChunks, writeChunks } from '../../src/redis/chunks.ts';
import { RedisServer } from '../support/redis-server.ts';

const TTL_SECONDS = 100;

/** Text that deflate cannot shorten by much. */
function noise(bytes: number): string {
  return createHash('shake256', { outputLength: bytes }).digest('hex');
}

describe('chunks', () => {
  it('carry what is larger than one of them, and end by themselves', async () => {
    const redis = await (await RedisServer.start()).client();
    const value = { macs: noise(700_000), hit: Uint32Array.of(1, 2, 3) };
    const { reference, bytes } = await writeChunks(redis, 'key', value, TTL_SECONDS);
    expect(await readChunks(redis, 'key', reference)).toEqual(value);

    const keys = await redis.keys('*');
    expect(keys.length).toBeGreaterThan(2);
    expect(reference).toMatch(new RegExp(`\\.${keys.length}$`));
    let stored = 0;
    for (const key of keys) {
      stored += await redis.strlen(key);
      const ttl = await redis.ttl(key);
      expect(ttl).toBeGreaterThan(0);
      expect(ttl).toBeLessThanOrEqual(TTL_SECONDS);
    }
    expect(stored).toBe(bytes);
  });

  it('of which one is missing or changed are no value', async () => {
    const redis = await (await RedisServer.start()).client();
    const { reference } = await writeChunks(redis, 'key', { macs: noise(300_000) }, TTL_SECONDS);
    const last = (await redis.keys('*')).toSorted().at(-1) ?? '';
    const whole = await redis.getBuffer(last);

    await redis.setrange(last, 5, 'x');
    expect(await readChunks(redis, 'key', reference)).toBeNull();
    await redis.del(last);
    expect(await readChunks(redis, 'key', reference)).toBeNull();
    await redis.set(last, whole ?? '');
    expect(await readChunks(redis, 'key', reference)).not.toBeNull();
  });

  it('of two values do not mix', async () => {
    const redis = await (await RedisServer.start()).client();
    const first = await writeChunks(redis, 'key', 'first', TTL_SECONDS);
    const second = await writeChunks(redis, 'key', 'second', TTL_SECONDS);
    expect(await readChunks(redis, 'key', first.reference)).toBe('first');
    expect(await readChunks(redis, 'key', second.reference)).toBe('second');
  });
});
