import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import type { Redis } from 'ioredis';
import { monotonicMilliseconds } from '../../src/drivers/clock.ts';
import { BootstormError } from '../../src/errors.ts';
import { ClockedRampStore } from '../../src/ramp/clocked-ramp-store.ts';
import { MemoryRampStore } from '../../src/ramp/memory-ramp-store.ts';
import { PortRampStore, serveRampStore } from '../../src/ramp/port-ramp-store.ts';
import type { RampState, RampStore } from '../../src/ramp/ramp-store.ts';
import { RedisRampStore } from '../../src/ramp/redis-ramp-store.ts';
import { RunLease } from '../../src/ramp/run-lease.ts';
import { ServerClock } from '../../src/redis/server-clock.ts';
import { RedisServer } from '../support/redis-server.ts';

interface Plan {
  readonly name: string;
}

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

interface Pair {
  /** To write with. */
  readonly store: RampStore<Plan>;
  /** A second view, to watch with. */
  readonly other: RampStore<Plan>;
  /** An instant far enough ahead to be steered. */
  readonly ahead: number;
}

const IMPLEMENTATIONS: Record<string, () => Promise<Pair>> = {
  'in the same process': async () => {
    const store = new MemoryRampStore<Plan>();
    return { store, other: store, ahead: AHEAD_MS };
  },
  'over a message port': async () => {
    const memory = new MemoryRampStore<Plan>();
    return { store: overPort(memory), other: overPort(memory), ahead: AHEAD_MS };
  },
  'through two message ports in a row': async () => {
    const memory = new MemoryRampStore<Plan>();
    return { store: memory, other: overPort(overPort(memory)), ahead: AHEAD_MS };
  },
  'over Redis': async () => {
    const { coordinator, agent } = await redisStores();
    const [seconds] = await coordinator.redis.time();
    return { store: coordinator.store, other: agent.store, ahead: Number(seconds) * 1000 + AHEAD_MS };
  },
  'over Redis, on the clock of this machine': async () => {
    const { coordinator, agent } = await redisStores();
    return pairOnOurClock(coordinator.redis, coordinator.store, agent.store);
  },
  'over Redis, the clock of this machine and a message port': async () => {
    const { coordinator, agent } = await redisStores();
    const pair = await pairOnOurClock(coordinator.redis, coordinator.store, agent.store);
    return { ...pair, other: overPort(pair.other) };
  },
};

const AHEAD_MS = 1_000_000;

interface RedisSide {
  readonly redis: Redis;
  readonly store: RedisRampStore<Plan>;
}

async function redisStores() {
  const server = await RedisServer.start();
  const redis = await server.client();
  const lease = await RunLease.acquire(redis, 'run', 'coordinator', 'new');
  const coordinator: RedisSide = { redis, store: new RedisRampStore<Plan>(redis, 'run', { lease }) };
  const agentRedis = await server.client();
  const agent: RedisSide = { redis: agentRedis, store: new RedisRampStore<Plan>(agentRedis, 'run') };
  cleanups.push(() => {
    coordinator.store.close();
    agent.store.close();
  });
  return { coordinator, agent };
}

async function pairOnOurClock(redis: Redis, store: RampStore<Plan>, other: RampStore<Plan>): Promise<Pair> {
  const { offsetMs } = (await ServerClock.measure(redis)).estimate;
  return {
    store: new ClockedRampStore(store, offsetMs),
    other: new ClockedRampStore(other, offsetMs),
    ahead: Math.round(monotonicMilliseconds()) + AHEAD_MS,
  };
}

function overPort(store: RampStore<Plan>): RampStore<Plan> {
  const { port1, port2 } = new MessageChannel();
  const stop = serveRampStore(store, port1);
  const proxy = new PortRampStore<Plan>(port2);
  cleanups.push(() => {
    stop();
    proxy.close();
    port1.close();
    port2.close();
  });
  return proxy;
}

function until(
  store: RampStore<Plan>,
  accept: (state: RampState<Plan>) => boolean,
): Promise<RampState<Plan>> {
  return new Promise((resolve) => {
    const unwatch = store.watch((state) => {
      if (!accept(state)) return;
      queueMicrotask(() => unwatch());
      resolve(state);
    });
  });
}

async function conflictOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => 'no error',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BootstormError);
  return (error as BootstormError).code;
}

describe.each(Object.entries(IMPLEMENTATIONS))('RampStore %s', (_, create) => {
  it('starts empty', async () => {
    const { store } = await create();
    expect(await store.read()).toEqual({
      epoch: 1,
      version: 0,
      plan: null,
      startAtMs: null,
      steers: [],
      stop: null,
    });
  });

  it('gives a late watcher the present state, and an early one every newer state', async () => {
    const { store, other } = await create();
    const armed = until(other, (state) => state.startAtMs === 500);
    await store.publish({ name: 'first' });
    await store.arm(500);
    expect((await armed).plan).toEqual({ name: 'first' });
    const late = await until(other, () => true);
    expect(late.version).toBe(2);
  });

  it('never shows versions out of order', async () => {
    const { store, other, ahead } = await create();
    const seen: number[] = [];
    other.watch((state) => seen.push(state.version));
    await store.publish({ name: 'a' });
    await store.arm(10);
    for (let i = 0; i < 20; i++) await store.steer(ahead + i, i % 3);
    await until(other, (state) => state.steers.length === 20);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('refuses a second plan, a second start, and a start without a plan', async () => {
    const { store } = await create();
    expect(await conflictOf(store.arm(1))).toBe('schedule-conflict');
    await store.publish({ name: 'a' });
    expect(await conflictOf(store.publish({ name: 'b' }))).toBe('schedule-conflict');
    await store.arm(1);
    expect(await conflictOf(store.arm(2))).toBe('schedule-conflict');
    expect((await store.read()).startAtMs).toBe(1);
  });

  it('keeps what is past: a steer lies behind the start and every earlier steer', async () => {
    const { store, ahead } = await create();
    await store.publish({ name: 'a' });
    expect(await conflictOf(store.steer(ahead + 5, 1))).toBe('schedule-conflict');
    await store.arm(ahead + 100);
    await store.steer(ahead + 200, 0);
    expect(await conflictOf(store.steer(ahead + 200, 1))).toBe('schedule-conflict');
    expect(await conflictOf(store.steer(ahead + 300, -1))).toBe('schedule-conflict');
    await store.steer(ahead + 300, 2);
    expect((await store.read()).steers).toEqual([
      { fromMs: ahead + 200, slope: 0 },
      { fromMs: ahead + 300, slope: 2 },
    ]);
  });

  it('lets "now" override "drain", and nothing override "now"', async () => {
    const { store } = await create();
    await store.stop('drain', 1);
    await store.stop('drain', 2);
    expect((await store.read()).stop).toEqual({ kind: 'drain', atMs: 1 });
    await store.stop('now', 3);
    await store.stop('drain', 4);
    expect((await store.read()).stop).toEqual({ kind: 'now', atMs: 3 });
  });
});
