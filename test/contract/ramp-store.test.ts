import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { BootstormError } from '../../src/errors.ts';
import { MemoryRampStore } from '../../src/ramp/memory-ramp-store.ts';
import { PortRampStore, serveRampStore } from '../../src/ramp/port-ramp-store.ts';
import type { RampState, RampStore } from '../../src/ramp/ramp-store.ts';

interface Plan {
  readonly name: string;
}

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** Every implementation gives a store to write with and a second view to watch with. */
const IMPLEMENTATIONS: Record<string, () => { store: RampStore<Plan>; other: RampStore<Plan> }> = {
  'in the same process': () => {
    const store = new MemoryRampStore<Plan>();
    return { store, other: store };
  },
  'over a message port': () => {
    const memory = new MemoryRampStore<Plan>();
    return { store: overPort(memory), other: overPort(memory) };
  },
  'through two message ports in a row': () => {
    const memory = new MemoryRampStore<Plan>();
    return { store: memory, other: overPort(overPort(memory)) };
  },
};

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
    const { store } = create();
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
    const { store, other } = create();
    const armed = until(other, (state) => state.startAtMs === 500);
    await store.publish({ name: 'first' });
    await store.arm(500);
    expect((await armed).plan).toEqual({ name: 'first' });
    const late = await until(other, () => true);
    expect(late.version).toBe(2);
  });

  it('never shows versions out of order', async () => {
    const { store, other } = create();
    const seen: number[] = [];
    other.watch((state) => seen.push(state.version));
    await store.publish({ name: 'a' });
    await store.arm(10);
    for (let at = 20; at < 40; at++) await store.steer(at, at % 3);
    await until(other, (state) => state.steers.length === 20);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('refuses a second plan, a second start, and a start without a plan', async () => {
    const { store } = create();
    expect(await conflictOf(store.arm(1))).toBe('schedule-conflict');
    await store.publish({ name: 'a' });
    expect(await conflictOf(store.publish({ name: 'b' }))).toBe('schedule-conflict');
    await store.arm(1);
    expect(await conflictOf(store.arm(2))).toBe('schedule-conflict');
    expect((await store.read()).startAtMs).toBe(1);
  });

  it('keeps what is past: a steer lies behind the start and every earlier steer', async () => {
    const { store } = create();
    await store.publish({ name: 'a' });
    expect(await conflictOf(store.steer(5, 1))).toBe('schedule-conflict');
    await store.arm(100);
    await store.steer(200, 0);
    expect(await conflictOf(store.steer(200, 1))).toBe('schedule-conflict');
    expect(await conflictOf(store.steer(300, -1))).toBe('schedule-conflict');
    await store.steer(300, 2);
    expect((await store.read()).steers).toEqual([
      { fromMs: 200, slope: 0 },
      { fromMs: 300, slope: 2 },
    ]);
  });

  it('lets "now" override "drain", and nothing override "now"', async () => {
    const { store } = create();
    await store.stop('drain', 1);
    await store.stop('drain', 2);
    expect((await store.read()).stop).toEqual({ kind: 'drain', atMs: 1 });
    await store.stop('now', 3);
    await store.stop('drain', 4);
    expect((await store.read()).stop).toEqual({ kind: 'now', atMs: 3 });
  });
});
