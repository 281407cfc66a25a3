/**
 * The schedule in Redis against a model of it, while its coordinator and strangers write, Redis freezes, comes back
 * empty, and coordinators follow one another.
 */
import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { BootstormError } from '../../src/errors.ts';
import { armed, published, steered, stopped } from '../../src/ramp/ramp-rules.ts';
import { isNewer, type RampState, type Stop } from '../../src/ramp/ramp-store.ts';
import { RedisRampStore } from '../../src/ramp/redis-ramp-store.ts';
import { RunLease } from '../../src/ramp/run-lease.ts';
import { openRedis } from '../../src/redis/connection.ts';
import { RedisServer } from '../support/redis-server.ts';

const RUN = 'run';
/**
 * So short that a freeze is an outage soon, on a connection of which nothing else is expected: on a busy machine there
 * may be no answer for as long.
 */
const IMPATIENT_MS = 150;
const WATCHERS = 2;
const RUNS = 12;

type Plan = { readonly name: string };
type State = RampState<Plan>;

class World {
  readonly server: RedisServer;
  readonly #connections: Redis[];
  readonly #stranger: RedisRampStore<Plan>;
  readonly #impatient: RedisRampStore<Plan>;
  /** What the watchers were shown. */
  readonly #seen: State[][] = [];
  #lease: RunLease;
  #holder: RedisRampStore<Plan>;
  /** The coordinator that was followed by another. */
  #deposed: RedisRampStore<Plan> | null = null;
  /** What Redis has, and what must be seen in the end. */
  model: State = { epoch: 1, version: 0, plan: null, startAtMs: null, steers: [], stop: null };
  readonly #watched: RedisRampStore<Plan>[] = [];

  private constructor(server: RedisServer, connections: Redis[], lease: RunLease) {
    this.server = server;
    this.#connections = connections;
    this.#lease = lease;
    this.#holder = this.#coordinator(lease);
    this.#stranger = new RedisRampStore(this.#connection(1), RUN);
    this.#impatient = new RedisRampStore(this.#connection(3), RUN);
    for (let i = 0; i < WATCHERS; i++) {
      const states: State[] = [];
      // One of them sees outages.
      const store = new RedisRampStore<Plan>(this.#connection(2 + i), RUN);
      store.watch((state) => states.push(state));
      this.#seen.push(states);
      this.#watched.push(store);
    }
  }

  static async create(server: RedisServer): Promise<World> {
    const open = () => openRedis(server.url, { answerLimitMs: 60_000, patienceMs: 60_000 });
    const impatient = await openRedis(server.url, { answerLimitMs: IMPATIENT_MS, patienceMs: 60_000 });
    const connections = [await open(), await open(), await open(), impatient];
    const [first] = connections;
    if (first === undefined) throw new Error('no connection');
    await first.flushall();
    const lease = await RunLease.acquire(first, RUN, 'coordinator', 'new');
    return new World(server, connections, lease);
  }

  #connection(number: number): Redis {
    const redis = this.#connections[number % this.#connections.length];
    if (redis === undefined) throw new Error('no connection');
    return redis;
  }

  /** What a write does to Redis has to be what it does to the model: done, or refused with the same code. */
  async write(role: Role, write: Write): Promise<void> {
    const store = this.#storeOf(role);
    if (store === null) return;
    const [expected, state] = this.#expected(role, write);
    const outcome = await codeOf(write.onStore(store));
    expect([role, write.name, outcome]).toEqual([role, write.name, expected]);
    this.model = state;
  }

  async freeze(): Promise<void> {
    this.server.freeze();
    const outcome = await codeOf(this.#impatient.stop('now', 0));
    this.server.thaw();
    expect(outcome).toBe('redis-unreachable');
    await this.#back();
  }

  async restartEmpty(): Promise<void> {
    await this.server.restartEmpty();
    await this.#back();
    expect(await this.#lease.renew(this.model)).toEqual({ state: 'gone' });
    await this.#holder.republish(this.model);
    this.model = { ...this.model, epoch: this.model.epoch + 1 };
    expect(this.#lease.epoch).toBe(this.model.epoch);
  }

  async follow(): Promise<void> {
    // It may have run out, if nobody had the time for more.
    expect(await this.#lease.renew(this.model)).toEqual({ state: 'held' });
    const unheld = RunLease.acquire(this.#connection(2), RUN, 'early', 'attach');
    await expect(unheld).rejects.toThrow(/coordinated by/);
    await this.#lease.release();
    this.#deposed = this.#holder;
    this.#lease = await RunLease.acquire(this.#connection(0), RUN, 'next', 'attach');
    this.#holder = this.#coordinator(this.#lease);
    this.model = { ...this.model, epoch: this.model.epoch + 1 };
  }

  /** Every watcher ends at the model, and was shown newer states only. */
  async end(): Promise<void> {
    expect(await this.#stranger.read()).toEqual(this.model);
    for (const [i, states] of this.#seen.entries()) {
      while (isNewer(this.model, states.at(-1) ?? { ...this.model, epoch: 0 })) await pause();
      expect(states.at(-1)).toEqual(this.model);
      for (let k = 1; k < states.length; k++)
        expect(isNewer(states[k] as State, states[k - 1] as State), `watcher ${i}`).toBe(true);
    }
  }

  close(): void {
    for (const store of this.#watched) store.close();
    for (const redis of this.#connections) redis.disconnect();
  }

  #storeOf(by: Role): RedisRampStore<Plan> | null {
    if (by === 'stranger') return this.#stranger;
    return by === 'holder' ? this.#holder : this.#deposed;
  }

  #expected(by: Role, { reserved, onModel }: Write): [outcome: string, state: State] {
    if (reserved && by === 'stranger') return ['schedule-conflict', this.model];
    try {
      const state = onModel(this.model);
      // An order that changes nothing is refused to nobody.
      if (by === 'deposed' && state !== this.model) return ['schedule-conflict', this.model];
      return ['done', state];
    } catch (error) {
      if (!(error instanceof BootstormError)) throw error;
      return [error.code, this.model];
    }
  }

  #coordinator(lease: RunLease): RedisRampStore<Plan> {
    return new RedisRampStore<Plan>(this.#connection(0), RUN, { lease });
  }

  /** All connections are up again. */
  async #back(): Promise<void> {
    for (const redis of this.#connections) while (!(await redis.ping().catch(() => null))) await pause();
  }
}

/** Lets what is under way arrive. */
async function pause(): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, 10);
  });
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'done',
    (error: unknown) => (error instanceof BootstormError ? error.code : error),
  );
}

type Role = 'holder' | 'stranger' | 'deposed';

interface Write {
  readonly name: string;
  /** Only the coordinator may do it. */
  readonly reserved: boolean;
  onModel(state: State): State;
  onStore(store: RedisRampStore<Plan>): Promise<void>;
}

function publish(name: string): Write {
  return {
    name: 'publish',
    reserved: true,
    onModel: (state) => published(state, { name }),
    onStore: (store) => store.publish({ name }),
  };
}

function arm(atMs: number): Write {
  return {
    name: 'arm',
    reserved: true,
    onModel: (state) => armed(state, atMs),
    onStore: (store) => store.arm(atMs),
  };
}

function steer(fromMs: number, slope: number): Write {
  return {
    name: 'steer',
    reserved: false,
    onModel: (state) => steered(state, fromMs, slope),
    onStore: (store) => store.steer(fromMs, slope),
  };
}

function stop(kind: Stop['kind'], atMs: number): Write {
  return {
    name: `stop ${kind}`,
    reserved: false,
    onModel: (state) => stopped(state, kind, atMs),
    onStore: (store) => store.stop(kind, atMs),
  };
}

/** Far ahead of any clock of today. */
const FIRST_MS = 4e12;
const instant = fc.integer({ min: FIRST_MS, max: FIRST_MS + 1000 });
const write = fc.oneof(
  { weight: 2, arbitrary: fc.string().map(publish) },
  { weight: 2, arbitrary: fc.constant(arm(FIRST_MS - 1)) },
  {
    weight: 4,
    arbitrary: fc.tuple(instant, fc.integer({ min: -1, max: 3 })).map(([at, slope]) => steer(at, slope)),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom('drain', 'now'), instant).map(([kind, at]) => stop(kind, at)),
  },
);
const role = fc.constantFrom<Role>('holder', 'holder', 'stranger', 'deposed');
interface Action {
  readonly what: string;
  act(world: World): Promise<void>;
}
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.tuple(role, write).map(([by, order]) => ({
      what: `${by}: ${order.name}`,
      act: (world: World) => world.write(by, order),
    })),
  },
  ...[
    { weight: 1, what: 'freeze', act: (world: World) => world.freeze() },
    { weight: 1, what: 'restart empty', act: (world: World) => world.restartEmpty() },
    { weight: 2, what: 'follow', act: (world: World) => world.follow() },
  ].map(({ weight, what, act }) => ({ weight, arbitrary: fc.constant<Action>({ what, act }) })),
);

describe('the schedule in Redis', () => {
  it('is what a model of it is, whoever writes and whatever becomes of Redis', async () => {
    const server = await RedisServer.start();
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 30 }), async (actions) => {
        const world = await World.create(server);
        try {
          // A plan comes first, so that not most of the writes are refused.
          await world.write('holder', publish('plan'));
          for (const { act } of actions) await act(world);
          await world.end();
        } finally {
          world.close();
        }
      }),
      { numRuns: RUNS },
    );
  });
});
