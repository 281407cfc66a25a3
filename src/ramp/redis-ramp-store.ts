/**
 * The shared schedule of one run in Redis. Instants are on the clock of Redis. Watching is level-triggered: a look each
 * second is the truth, a message on the channel only makes the next look come at once. The plan is read when its digest
 * changes, so that looks and writes cost the same however many phones it has.
 */
import type { Redis } from 'ioredis';
import { BootstormError } from '../errors.ts';
import { type ChunkReference, readChunks, writeChunks } from '../redis/chunks.ts';
import { redisFailure } from '../redis/connection.ts';
import { KEEP_SECONDS, type RunKeys, runKeys } from '../redis/run-keys.ts';
import { STEER_LEAD_MS } from '../schedule/warp.ts';
import { armed, conflict, published, steered, stopped } from './ramp-rules.ts';
import { isNewer, type RampState, type RampStore, type Steer, type Stop } from './ramp-store.ts';
import { runScript } from './redis-ramp-scripts.ts';
import { LEASE_MS, type RunLease, unknownRun } from './run-lease.ts';

/** A watcher looks this often, ms. */
export const LOOK_INTERVAL_MS = 1000;

/** Whether Redis answers, as the looks of a watcher find it. */
export type Contact =
  | { readonly type: 'lost'; readonly error: BootstormError }
  /** @property afterMs since the last look that was answered */
  | { readonly type: 'back'; readonly afterMs: number };

export interface RedisRampStoreOptions {
  /** Of the coordinator; without one, the store may only read, steer and stop. */
  readonly lease?: RunLease | null;
  /**
   * The start has to lie so far ahead when Redis is told of it, ms: one that was given up may still come to a Redis that
   * was frozen, and is refused then. Null: it may be at any time.
   */
  readonly armLeadMs?: number | null;
  /** Told of changes only. */
  readonly onContact?: (contact: Contact) => void;
}

/** A state as Redis has it. */
type BareState = RampState<ChunkReference>;
type Field = 'plan' | 'startAt' | 'steers' | 'stop';

export class RedisRampStore<Plan> implements RampStore<Plan> {
  readonly #redis: Redis;
  readonly #run: string;
  readonly #keys: RunKeys;
  readonly #lease: RunLease | null;
  readonly #armLeadMs: number | null;
  readonly #onContact: (contact: Contact) => void;
  readonly #listeners = new Set<(state: RampState<Plan>) => void>();
  #plan: { readonly reference: ChunkReference; readonly plan: Plan } | null = null;
  #latest: RampState<Plan> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #looking = false;
  #lookAgain = false;
  #watching = false;
  #subscribed = false;
  #lastAnswerMs = performance.now();
  #isOut = false;

  constructor(redis: Redis, run: string, options: RedisRampStoreOptions = {}) {
    const { lease = null, armLeadMs = null, onContact = () => {} } = options;
    this.#redis = redis;
    this.#run = run;
    this.#keys = runKeys(run);
    this.#lease = lease;
    this.#armLeadMs = armLeadMs;
    this.#onContact = onContact;
  }

  /** The newest state that was seen. */
  get latest(): RampState<Plan> | null {
    return this.#latest;
  }

  /** Throws `redis-unreachable`, as all that follow, beside the conflicts of `RampStore`. */
  async publish(plan: Plan): Promise<void> {
    if (this.#lease === null) throw conflict('only the coordinator publishes a plan');
    published(await this.#fetch(), '');
    const reference = await this.#writePlan(plan);
    await this.#write('plan', reference, (state) => published(state, reference));
  }

  /** Throws `run-unknown` as well. */
  async read(): Promise<RampState<Plan>> {
    const state = await this.#complete(await this.#fetch());
    if (state === null) throw lostPlan();
    return state;
  }

  /** Throws `schedule-conflict`, retryable, for a start less than `armLeadMs` ahead, too. */
  async arm(startAtMs: number): Promise<void> {
    if (this.#lease === null) throw conflict('only the coordinator arms a run');
    const leadMs = this.#armLeadMs;
    const begin = leadMs === null ? null : { atMs: startAtMs, leadMs };
    await this.#write('startAt', String(startAtMs), (state) => armed(state, startAtMs), begin);
  }

  /** Throws `schedule-conflict` for what begins less than `STEER_LEAD_MS` ahead, too; `run-unknown`. */
  async steer(fromMs: number, slope: number): Promise<void> {
    let steers: readonly Steer[] = [];
    const change = (state: BareState): BareState => {
      const next = steered(state, fromMs, slope);
      ({ steers } = next);
      return next;
    };
    const begin = { atMs: fromMs, leadMs: STEER_LEAD_MS };
    await this.#write('steers', () => JSON.stringify(steers), change, begin);
  }

  /** Throws `run-unknown` as well. */
  async stop(kind: Stop['kind'], atMs: number): Promise<void> {
    await this.#write('stop', JSON.stringify({ kind, atMs }), (state) => stopped(state, kind, atMs));
  }

  watch(listener: (state: RampState<Plan>) => void): () => void {
    this.#listeners.add(listener);
    if (this.#latest) listener(this.#latest);
    if (!this.#watching) {
      this.#watching = true;
      this.#lastAnswerMs = performance.now();
      this.#redis.on('message', this.#onMessage);
      this.#redis.on('ready', this.#onReady);
      this.#lookNow();
    }
    return () => this.#listeners.delete(listener);
  }

  /**
   * Writes a run that Redis has lost, in whole or in its latest part, under the next epoch. Throws `schedule-conflict`
   * where somebody else coordinates it by now.
   */
  async republish(state: RampState<Plan>): Promise<void> {
    const lease = this.#lease;
    if (lease === null) throw conflict('only the coordinator publishes a run again');
    if (state.epoch > lease.epoch) throw deposed(this.#run, 'somebody else');
    lease.epoch++;
    const plan = state.plan === null ? '' : await this.#writePlan(state.plan);
    const fields = { name: lease.name, version: state.version, ...fieldsOf({ ...state, plan }) };
    const values = [lease.token, lease.epoch, LEASE_MS, KEEP_SECONDS, ...Object.entries(fields).flat()];
    const { verdict, detail } = await this.#asked(() =>
      runScript(this.#redis, 'rampRepublish', this.#keys, ...values),
    );
    if (verdict !== 'ok') throw deposed(this.#run, detail);
  }

  /** Stops watching. The connection stays the owner's. */
  close(): void {
    this.#watching = false;
    this.#listeners.clear();
    if (this.#timer) clearTimeout(this.#timer);
    this.#redis.off('message', this.#onMessage);
    this.#redis.off('ready', this.#onReady);
    // A connection that is gone has no subscription.
    if (this.#subscribed) this.#redis.unsubscribe(this.#keys.changed).catch(() => {});
  }

  /** Compare and set, until nobody else has written in between. */
  async #write(
    field: Field,
    value: string | (() => string),
    change: (state: BareState) => BareState,
    begin: { readonly atMs: number; readonly leadMs: number } | null = null,
  ): Promise<void> {
    for (;;) {
      const state = await this.#fetch();
      if (change(state) === state) return;
      const text = typeof value === 'string' ? value : value();
      const seen = [this.#lease?.token ?? '', state.epoch, state.version];
      const values = [...seen, begin?.atMs ?? '', begin?.leadMs ?? 0, KEEP_SECONDS, field, text];
      const { verdict, detail } = await this.#asked(() =>
        runScript(this.#redis, 'rampWrite', this.#keys, ...values),
      );
      if (verdict === 'ok') return;
      if (verdict === 'gone') throw unknownRun(this.#run);
      if (verdict === 'deposed') throw deposed(this.#run, detail);
      if (verdict === 'late') throw tooLate(Number(detail), begin?.leadMs ?? 0);
    }
  }

  async #writePlan(plan: Plan): Promise<ChunkReference> {
    const { reference } = await writeChunks(this.#redis, this.#keys.plan, plan, KEEP_SECONDS);
    this.#plan = { reference, plan };
    return reference;
  }

  /** Throws `run-unknown`. */
  async #fetch(): Promise<BareState> {
    const state = await this.#asked(() => fetchState(this.#redis, this.#keys.state));
    if (state === null) throw unknownRun(this.#run);
    return state;
  }

  /** Null: the plan cannot be read (any more). */
  async #complete(state: BareState): Promise<RampState<Plan> | null> {
    const { plan: reference } = state;
    if (reference === null) return { ...state, plan: null };
    if (this.#plan?.reference !== reference) {
      const plan = (await readChunks(this.#redis, this.#keys.plan, reference)) as Plan | null;
      if (plan === null) return null;
      this.#plan = { reference, plan };
    }
    return { ...state, plan: this.#plan.plan };
  }

  async #asked<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    try {
      return await ask();
    } catch (error) {
      throw redisFailure(error, this.#redis);
    }
  }

  readonly #onMessage = (channel: string): void => {
    if (channel === this.#keys.changed) this.#lookNow();
  };

  readonly #onReady = (): void => this.#lookNow();

  #lookNow(): void {
    this.#lookAgain = this.#looking;
    if (this.#looking) return;
    if (this.#timer) clearTimeout(this.#timer);
    this.#looking = true;
    void this.#look();
  }

  async #look(): Promise<void> {
    try {
      if (!this.#subscribed) await this.#asked(() => this.#redis.subscribe(this.#keys.changed));
      this.#subscribed = true;
      await this.#lookOnce();
      this.#answered();
    } catch (error) {
      if (!(error instanceof BootstormError)) throw error;
      this.#unanswered(error);
    }
    this.#looking = false;
    if (!this.#watching) return;
    if (this.#lookAgain) this.#lookNow();
    else this.#timer = setTimeout(() => this.#lookNow(), LOOK_INTERVAL_MS);
  }

  async #lookOnce(): Promise<void> {
    const bare = await this.#asked(() => fetchState(this.#redis, this.#keys.state));
    if (bare === null || (this.#latest && !isNewer(bare, this.#latest))) return;
    const state = await this.#complete(bare);
    if (state === null || !this.#watching) return;
    this.#latest = state;
    for (const listener of this.#listeners) listener(state);
  }

  #answered(): void {
    const nowMs = performance.now();
    if (this.#isOut) this.#onContact({ type: 'back', afterMs: nowMs - this.#lastAnswerMs });
    this.#isOut = false;
    this.#lastAnswerMs = nowMs;
  }

  #unanswered(error: BootstormError): void {
    if (this.#watching && !this.#isOut) this.#onContact({ type: 'lost', error });
    this.#isOut = true;
  }
}

/** Null: there is no such run. */
async function fetchState(redis: Redis, key: string): Promise<BareState | null> {
  const fields = ['epoch', 'version', 'plan', 'startAt', 'steers', 'stop'] as const;
  const [epoch, version, plan, startAt, steers, stop] = await redis.hmget(key, ...fields);
  if (!epoch) return null;
  return {
    epoch: Number(epoch),
    version: Number(version),
    plan: plan || null,
    startAtMs: startAt ? Number(startAt) : null,
    steers: steers ? (JSON.parse(steers) as Steer[]) : [],
    stop: stop ? (JSON.parse(stop) as Stop) : null,
  };
}

function fieldsOf({ plan, startAtMs, steers, stop }: BareState): Record<Field, string> {
  return {
    plan: plan ?? '',
    startAt: startAtMs === null ? '' : String(startAtMs),
    steers: JSON.stringify(steers),
    stop: stop === null ? '' : JSON.stringify(stop),
  };
}

function deposed(run: string, holder: string): BootstormError {
  return conflict(`run ${run} is coordinated by ${holder} now`);
}

function lostPlan(): BootstormError {
  return conflict('Redis has lost the plan');
}

function tooLate(missingMs: number, leadMs: number): BootstormError {
  return new BootstormError(
    'schedule-conflict',
    `the order begins ${Math.ceil(missingMs)} ms too early: agents might not hear of it in time`,
    { hint: `give it at least ${leadMs} ms ahead`, retryable: true },
  );
}
