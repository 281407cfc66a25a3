/** What an agent of a cluster decides without Redis. */
import { describe, expect, it } from 'vitest';
import { monotonicMilliseconds } from '../../src/drivers/clock.ts';
import { checkOwnRelays, relayOf, sourcesOf, suffices } from '../../src/engine/cluster-addresses.ts';
import { Contact } from '../../src/engine/cluster-contact.ts';
import { ScheduleMirror } from '../../src/engine/schedule-mirror.ts';
import type { RampState } from '../../src/ramp/ramp-store.ts';
import { type AddressPool, addressAt, poolSize } from '../../src/scenario/address-pool.ts';
import { addressPoolField } from '../../src/scenario/address-pool-field.ts';
import type { RunPlan } from '../../src/scenario/plan.ts';
import { lonelyPlan } from '../support/scripted-coordinator.ts';
import { thrownBy } from '../support/thrown.ts';

const pool = (text: string): AddressPool => addressPoolField.parse(text);
const NOTHING = { sources: null, relays: null };
const NAMED = { type: 'named' } as const;

describe('the addresses of shards', () => {
  it.each([
    [3, 2, '127.0.1.1-127.0.1.10'],
    [2, 3, '127.0.1.1-127.0.1.4, 127.0.9.1, 127.0.7.0/29'],
    [4, 1, '127.0.1.1-127.0.1.4'],
  ])('of %i agents with %i shards each never meet, and together are all', (agents, mostThreads, text) => {
    const all = pool(text);
    const terms = { agents, mostThreads };
    const seen: string[] = [];
    for (let index = 0; index < agents; index++) {
      for (let slot = 0; slot < mostThreads; slot++) {
        const slice = sourcesOf(
          { target: NAMED, relayAddresses: null, sourceAddresses: all },
          NOTHING,
          { index, slot },
          terms,
        );
        if (slice === null) throw new Error('no slice');
        // Positions of the slice's own addresses, before they come round again.
        for (let at = slice.first; at < poolSize(slice.pool); at += slice.step) {
          seen.push(addressAt(slice.pool, at));
        }
      }
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.toSorted()).toEqual(
      Array.from({ length: poolSize(all) }, (_, i) => addressAt(all, i)).toSorted(),
    );
  });

  it('suffice where each phone has one that no other shard of the agent has', () => {
    // As many addresses as phones, every other of them kept for shards of lost agents.
    const slice = { pool: pool('127.0.1.1-127.0.1.10'), first: 1, step: 2 };
    expect(suffices(slice, 5)).toBe(true);
    expect(suffices(slice, 6)).toBe(false);
  });

  it('are those that the machine brings, where it brings some', () => {
    const own = { sources: pool('127.0.5.0/24'), relays: pool('127.0.6.1-127.0.6.2') };
    const plan = {
      target: NAMED,
      relayAddresses: pool('127.0.1.1-127.0.1.9'),
      sourceAddresses: pool('127.0.2.0/24'),
    };
    const terms = { agents: 3, mostThreads: 2 };
    expect(sourcesOf(plan, own, { index: 2, slot: 1 }, terms)).toEqual({
      pool: own.sources,
      first: 1,
      step: 2,
    });
    expect(relayOf(plan, own, { index: 2, slot: 1 }, terms)).toBe('127.0.6.2');
    expect(relayOf(plan, NOTHING, { index: 2, slot: 1 }, terms)).toBe('127.0.1.6');
    expect(relayOf({ ...plan, relayAddresses: null }, own, { index: 2, slot: 1 }, terms)).toBeNull();
    const { target } = lonelyPlan();
    expect(target.type).toBe('lab');
    expect(sourcesOf({ ...plan, target }, NOTHING, { index: 2, slot: 1 }, terms)).toBeNull();
    expect(sourcesOf({ ...plan, target }, own, { index: 2, slot: 1 }, terms)?.pool).toEqual(own.sources);
    expect(sourcesOf({ ...plan, sourceAddresses: null }, NOTHING, { index: 0, slot: 0 }, terms)).toBeNull();
    expect(thrownBy(() => checkOwnRelays(plan, own, 3)).message).toContain('2 for the 3 shards');
    expect(() => checkOwnRelays(plan, own, 2)).not.toThrow();
  });
});

describe('contact', () => {
  it('is lost by the limit after the question that was answered last', () => {
    const contact = new Contact({ silenceMs: 10, sleepMs: 100, successorMs: 20 }, 0);
    expect(contact.isAlone(10)).toBe(false);
    expect(contact.isAlone(11)).toBe(true);
    contact.answered(8, true);
    expect(contact.isAlone(18)).toBe(false);
    // An answer that is late says nothing of the time since its question.
    contact.answered(5, true);
    expect(contact.isAlone(19)).toBe(true);
  });

  it('knows that nobody leads any more, once Redis has said so for long enough without a break', () => {
    const contact = new Contact({ silenceMs: 10, sleepMs: 100, successorMs: 20 }, 0);
    contact.answered(5, true);
    contact.answered(10, false);
    expect(contact.isLeaderless(30)).toBe(false);
    // A Redis that comes back without its data has no coordinator until that has written them again.
    contact.unanswered();
    contact.answered(60, false);
    expect(contact.isLeaderless(80)).toBe(false);
    expect(contact.isLeaderless(81)).toBe(true);
    expect(contact.uncoordinatedMs(81)).toBe(76);
    contact.answered(82, true);
    expect(contact.isLeaderless(200)).toBe(false);
    expect(contact.uncoordinatedMs(83)).toBe(1);
  });

  it('tells a sleep that was too long, once', () => {
    const contact = new Contact({ silenceMs: 10, sleepMs: 100, successorMs: 20 }, 0);
    expect(contact.sleptMs(100)).toBeNull();
    expect(contact.sleptMs(250)).toBe(150);
    expect(contact.sleptMs(260)).toBeNull();
  });
});

describe('the mirror of the schedule', () => {
  const plan = lonelyPlan();
  const state = (change: Partial<RampState<RunPlan>>): RampState<RunPlan> => ({
    epoch: 1,
    version: 1,
    plan,
    startAtMs: null,
    steers: [],
    stop: null,
    ...change,
  });

  async function mirrored(...states: readonly (RampState<RunPlan> | 'drain' | 'now')[]) {
    const mirror = new ScheduleMirror();
    for (const one of states) {
      if (typeof one === 'string') mirror.stop(one, 7);
      else mirror.follow(one);
    }
    // Each order is carried out in its turn.
    await new Promise((resolve) => setImmediate(resolve));
    const { epoch: _, version: __, ...seen } = await mirror.store.read();
    return seen;
  }

  it('takes over what is new', async () => {
    const steers = [{ fromMs: 20, slope: 0 }];
    const last = state({ startAtMs: 10, steers, stop: { kind: 'drain', atMs: 30 } });
    expect(await mirrored(state({ plan: null }), state({}), state({ startAtMs: 10 }), last)).toEqual({
      plan,
      startAtMs: 10,
      steers,
      stop: { kind: 'drain', atMs: 30 },
    });
  });

  it('keeps what it has when the schedule was lost and written anew', async () => {
    const armed = state({ startAtMs: 10, steers: [{ fromMs: 20, slope: 0 }] });
    const anew = state({ epoch: 2, version: 1, startAtMs: 10, steers: [{ fromMs: 40, slope: 2 }] });
    const seen = await mirrored(armed, state({ epoch: 2, plan: null }), anew, anew);
    expect(seen).toMatchObject({ startAtMs: 10, steers: [{ fromMs: 20 }, { fromMs: 40 }] });
  });

  it('keeps an order of the agent against a weaker one of the coordinator', async () => {
    const drained = state({ startAtMs: 10, stop: { kind: 'drain', atMs: monotonicMilliseconds() } });
    expect((await mirrored(state({ startAtMs: 10 }), 'now', drained)).stop).toEqual({ kind: 'now', atMs: 7 });
    expect((await mirrored(drained, 'now')).stop).toEqual({ kind: 'now', atMs: 7 });
  });
});
