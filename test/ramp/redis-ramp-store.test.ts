import { afterEach, describe, expect, it } from 'vitest';
import type { Redis } from 'ioredis';
import type { BootstormError } from '../../src/errors.ts';
import type { RampState } from '../../src/ramp/ramp-store.ts';
import { type Contact, RedisRampStore } from '../../src/ramp/redis-ramp-store.ts';
import { RunLease } from '../../src/ramp/run-lease.ts';
import { runKeys } from '../../src/redis/run-keys.ts';
import { STEER_LEAD_MS } from '../../src/schedule/warp.ts';
import { RedisServer } from '../support/redis-server.ts';

const RUN = 'run';
const KEYS = runKeys(RUN);
const PLAN = { name: 'plan', hit: Uint8Array.of(1, 0, 1) };
type Plan = typeof PLAN;

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

function storeOn(redis: Redis, lease: RunLease | null = null, onContact?: (contact: Contact) => void) {
  const store = new RedisRampStore<Plan>(redis, RUN, { lease, ...(onContact ? { onContact } : {}) });
  cleanups.push(() => store.close());
  return store;
}

async function coordinated() {
  const server = await RedisServer.start();
  const redis = await server.client();
  const lease = await RunLease.acquire(redis, RUN, 'first', 'new');
  return { server, redis, lease, store: storeOn(redis, lease), now: () => redisMs(redis) };
}

async function redisMs(redis: Redis): Promise<number> {
  const [seconds, microseconds] = await redis.time();
  return Number(seconds) * 1000 + Number(microseconds) / 1000;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no error',
    (error: BootstormError) => error.code,
  );
}

/** Every state that a watcher is shown, and the first that is accepted. */
function watching(store: RedisRampStore<Plan>) {
  const seen: RampState<Plan>[] = [];
  const waiting: { accept: (state: RampState<Plan>) => boolean; resolve: () => void }[] = [];
  store.watch((state) => {
    seen.push(state);
    for (const { accept, resolve } of waiting) if (accept(state)) resolve();
  });
  const until = (accept: (state: RampState<Plan>) => boolean): Promise<void> =>
    new Promise((resolve) => {
      waiting.push({ accept, resolve });
      if (seen.some(accept)) resolve();
    });
  return { seen, until };
}

/** How often Redis has done a command since `CONFIG RESETSTAT`. */
async function callsOf(redis: Redis, command: string): Promise<number> {
  const stats = await redis.info('commandstats');
  return Number(new RegExp(`^cmdstat_${command}:calls=(\\d+)`, 'm').exec(stats)?.[1] ?? 0);
}

describe('the schedule in Redis', () => {
  it('is steered and stopped by anybody, published and armed by its coordinator alone', async () => {
    const { server, store, now } = await coordinated();
    const stranger = storeOn(await server.client());
    expect(await codeOf(stranger.publish(PLAN))).toBe('schedule-conflict');
    await store.publish(PLAN);
    expect(await codeOf(stranger.arm(await now()))).toBe('schedule-conflict');
    await store.arm(await now());
    const fromMs = (await now()) + 10 * STEER_LEAD_MS;
    await stranger.steer(fromMs, 2);
    await stranger.stop('drain', fromMs);
    expect(await store.read()).toMatchObject({
      version: 4,
      plan: PLAN,
      steers: [{ fromMs, slope: 2 }],
      stop: { kind: 'drain', atMs: fromMs },
    });
  });

  it('of a run that nobody knows: an error', async () => {
    const { redis } = await coordinated();
    const store = new RedisRampStore<Plan>(redis, 'another');
    expect(await codeOf(store.read())).toBe('run-unknown');
    expect(await codeOf(store.stop('now', 0))).toBe('run-unknown');
  });

  it('takes no steer that lies less than two seconds ahead on its own clock', async () => {
    const { store, now } = await coordinated();
    await store.publish(PLAN);
    await store.arm((await now()) - 1_000_000);
    expect(await codeOf(store.steer((await now()) + STEER_LEAD_MS - 100, 0))).toBe('schedule-conflict');
    expect((await store.read()).steers).toEqual([]);
    await store.steer((await now()) + 2 * STEER_LEAD_MS, 0);
    expect((await store.read()).steers).toHaveLength(1);
  });

  it('takes no start that comes too late to it, where every agent has to hear of it before', async () => {
    const { redis, lease, now } = await coordinated();
    const store = new RedisRampStore<Plan>(redis, RUN, { lease, armLeadMs: 1500 });
    await store.publish(PLAN);
    await expect(store.arm((await now()) + 1400)).rejects.toMatchObject({
      code: 'schedule-conflict',
      retryable: true,
    });
    expect((await store.read()).startAtMs).toBeNull();
    await store.arm((await now()) + 60_000);
    expect((await store.read()).startAtMs).not.toBeNull();
  });

  it('loses no write of many that come at once', async () => {
    const { server, store, now } = await coordinated();
    await store.publish(PLAN);
    await store.arm(await now());
    const fromMs = (await now()) + 1_000_000;
    const strangers = await Promise.all(
      Array.from({ length: 4 }, async () => storeOn(await server.client())),
    );
    const outcomes = await Promise.all(strangers.map((stranger, i) => codeOf(stranger.steer(fromMs + i, i))));
    const { steers, version } = await store.read();
    // Who comes after a later steer is refused; every other write is there.
    expect(steers).toHaveLength(outcomes.filter((code) => code === 'no error').length);
    expect(version).toBe(2 + steers.length);
    expect(steers.map(({ fromMs: at }) => at)).toEqual(
      steers.map(({ fromMs: at }) => at).toSorted((a, b) => a - b),
    );
  });

  it('is not written by a coordinator that was followed by another', async () => {
    const { server, redis, lease, store } = await coordinated();
    await lease.release();
    const second = await RunLease.acquire(await server.client(), RUN, 'second', 'attach');
    expect(second.epoch).toBe(2);
    expect(await codeOf(store.publish(PLAN))).toBe('schedule-conflict');
    expect(await codeOf(store.stop('drain', 1))).toBe('schedule-conflict');
    expect(await lease.renew(store.latest)).toEqual({ state: 'lost', holder: 'second' });
    await storeOn(redis, second).publish(PLAN);
    expect((await store.read()).epoch).toBe(2);
  });

  it('is found by looks, without any message', async () => {
    const { server, redis, store } = await coordinated();
    const { until } = watching(storeOn(await server.client()));
    await until(({ version }) => version === 0);
    await redis.hset(KEYS.state, 'stop', JSON.stringify({ kind: 'now', atMs: 7 }), 'version', 9);
    await until(({ stop }) => stop?.atMs === 7);
    expect((await store.read()).version).toBe(9);
  });

  it('brings the plan once, however often it is steered and looked at', async () => {
    const { server, redis, store, now } = await coordinated();
    const watched = storeOn(await server.client());
    const { until } = watching(watched);
    await store.publish(PLAN);
    await store.arm(await now());
    await until(({ startAtMs }) => startAtMs !== null);
    await redis.config('RESETSTAT');
    const fromMs = (await now()) + 1_000_000;
    for (let i = 0; i < 10; i++) await store.steer(fromMs + i, i);
    await until(({ steers }) => steers.length === 10);
    await watched.read();
    expect(await callsOf(redis, 'hmget')).toBeGreaterThan(10);
    expect(await callsOf(redis, 'get')).toBe(0);
  });

  it('is published again under the next epoch when Redis has lost it', async () => {
    const { server, redis, lease, store, now } = await coordinated();
    const contacts: Contact['type'][] = [];
    let told = (): void => {};
    const agent = storeOn(await server.client(), null, ({ type }) => {
      contacts.push(type);
      told();
    });
    const contactsAre = async (...expected: readonly Contact['type'][]): Promise<void> => {
      while (contacts.length < expected.length)
        await new Promise<void>((resolve) => {
          told = resolve;
        });
      expect(contacts).toEqual(expected);
    };
    const { seen, until } = watching(agent);
    const own = watching(store);
    await store.publish(PLAN);
    await store.arm((await now()) + 5);
    await store.steer((await now()) + 1_000_000, 2);
    await until(({ version }) => version === 3);
    await own.until(({ version }) => version === 3);
    const before = store.latest;
    if (before === null) throw new Error('nothing was seen');

    await server.stop();
    await contactsAre('lost');
    await server.restartEmpty();
    expect(await renewed(lease, before)).toEqual({ state: 'gone' });
    await store.republish(before);
    await until(({ epoch }) => epoch === 2);
    expect(seen.at(-1)).toEqual({ ...before, epoch: 2 });
    expect(await lease.renew(store.latest)).toEqual({ state: 'held' });
    await contactsAre('lost', 'back');
    // A second time is the same, and an older coordinator cannot do it.
    expect(await codeOf(storeOn(redis).republish(before))).toBe('schedule-conflict');
  });

  it('that came back without its latest writes is published again', async () => {
    const { redis, lease, store, now } = await coordinated();
    const { until } = watching(store);
    await store.publish(PLAN);
    const dump = await redis.hgetall(KEYS.state);
    await store.arm(await now());
    await until(({ version }) => version === 2);
    await redis.del(KEYS.state);
    await redis.hset(KEYS.state, dump);
    const latest = store.latest;
    if (latest === null) throw new Error('nothing was seen');
    expect(await lease.renew(latest)).toEqual({ state: 'gone' });
    await store.republish(latest);
    await until(({ epoch }) => epoch === 2);
    expect(await store.read()).toEqual({ ...latest, epoch: 2 });
  });
});

/** The connection may still be coming back. */
async function renewed(lease: RunLease, seen: RampState<Plan>) {
  for (;;) {
    try {
      return await lease.renew(seen);
    } catch (error) {
      if ((error as BootstormError).code !== 'redis-unreachable') throw error;
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
    }
  }
}

describe('the lease of a run', () => {
  it('is given once for each run id', async () => {
    const { server } = await coordinated();
    expect(await codeOf(RunLease.acquire(await server.client(), RUN, 'other', 'new'))).toBe('run-id-used');
  });

  it('is not given while somebody holds it, whom the refusal names', async () => {
    const { server, redis, lease } = await coordinated();
    const second = RunLease.acquire(await server.client(), RUN, 'second', 'attach');
    await expect(second).rejects.toThrow(/coordinated by first/);
    expect(await codeOf(RunLease.acquire(redis, 'another', 'second', 'attach'))).toBe('run-unknown');
    // It ran out.
    await redis.pexpire(KEYS.lease, 0);
    expect((await RunLease.acquire(redis, RUN, 'second', 'attach')).epoch).toBe(2);
    expect(await lease.renew(null)).toEqual({ state: 'lost', holder: 'second' });
  });

  it('that ran out is renewed if nobody took the run', async () => {
    const { redis, lease } = await coordinated();
    await redis.pexpire(KEYS.lease, 0);
    expect(await lease.renew(null)).toEqual({ state: 'held' });
    expect(await redis.pttl(KEYS.lease)).toBeGreaterThan(0);
  });
});
