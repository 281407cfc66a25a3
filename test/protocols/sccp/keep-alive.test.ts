import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DEFAULT_KEEP_ALIVE_MS,
  EARLY_PART,
  KEEP_ALIVE_LOSS,
  keepAliveAnswered,
  keepAliveDelayMs,
  keepAliveEvery,
  keepAliveTick,
  MAX_KEEP_ALIVE_MS,
} from '../../../src/protocols/sccp/keep-alive.ts';

describe('keepalive', () => {
  test('without answers: sends at 20, 60 and 100 s, gives up at 120 s', () => {
    const keepAlive = keepAliveEvery(20, KEEP_ALIVE_LOSS['79x1']);
    const actions = [20, 40, 60, 80, 100, 120].map((s) => [s, keepAliveTick(keepAlive, s * 1000)]);
    expect(actions).toEqual([
      [20, 'send'],
      [40, 'wait'],
      [60, 'send'],
      [80, 'wait'],
      [100, 'send'],
      [120, 'give-up'],
    ]);
  });

  test.each([
    ['79x1', [1, null, 3, null, 5], 6],
    ['7960', [0.5, 1.5, 2.5], 3.5],
    ['7920', [1, 2, 3, 4], 5],
  ] as const)('of a %s without answers: sends after %j intervals, gives up after %d', (name, sends, end) => {
    const keepAlive = keepAliveEvery(20, KEEP_ALIVE_LOSS[name]);
    let at = keepAliveDelayMs(keepAlive, 1, 1);
    const first = at / 20_000;
    expect(first).toBeLessThanOrEqual(sends[0]);
    expect(first).toBeGreaterThan(sends[0] * (1 - EARLY_PART));
    at = sends[0];
    const actions: (readonly [number, string])[] = [];
    for (let action = ''; action !== 'give-up'; at++) {
      action = keepAliveTick(keepAlive, at * 20_000);
      actions.push([at, action]);
    }
    expect(actions).toEqual([
      ...sends.map((send, tick) => [sends[0] + tick, send === null ? 'wait' : 'send'] as const),
      [end, 'give-up'],
    ]);
  });

  test('with answers every tick sends, and the time of the answer is counted', () => {
    const keepAlive = keepAliveEvery(30, KEEP_ALIVE_LOSS['79x1']);
    for (let tick = 1; tick <= 20; tick++) {
      expect(keepAliveTick(keepAlive, tick * 30_000)).toBe('send');
      expect(keepAliveAnswered(keepAlive, tick * 30_000 + 12)).toBe(12);
    }
  });

  test('a late answer counts from the oldest request, and the next tick sends again', () => {
    const keepAlive = keepAliveEvery(10, KEEP_ALIVE_LOSS['79x1']);
    expect([10, 20, 30].map((s) => keepAliveTick(keepAlive, s * 1000))).toEqual(['send', 'wait', 'send']);
    expect(keepAliveAnswered(keepAlive, 31_000)).toBe(21_000);
    expect(keepAliveAnswered(keepAlive, 31_500)).toBeNull();
    expect(keepAliveTick(keepAlive, 40_000)).toBe('send');
  });

  test('an answer to nothing is nothing', () => {
    expect(keepAliveAnswered(keepAliveEvery(10, KEEP_ALIVE_LOSS['79x1']), 5)).toBeNull();
  });

  test('ticks come early by up to a twentieth, never late, and the same for the same seed', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(100_000), fc.integer({ min: 1, max: 3600 }), (seed, phone, seconds) => {
        const keepAlive = keepAliveEvery(seconds, KEEP_ALIVE_LOSS['79x1']);
        const delay = keepAliveDelayMs(keepAlive, seed, phone);
        expect(delay).toBeLessThanOrEqual(seconds * 1000);
        expect(delay).toBeGreaterThan(seconds * 1000 * (1 - EARLY_PART) - 1e-6);
        expect(keepAliveDelayMs(keepAliveEvery(seconds, KEEP_ALIVE_LOSS['79x1']), seed, phone)).toBe(delay);
      }),
    );
  });

  test('different phones, and different ticks of one phone, come at different times', () => {
    const keepAlive = keepAliveEvery(30, KEEP_ALIVE_LOSS['79x1']);
    const phones = new Set(Array.from({ length: 100 }, (_, phone) => keepAliveDelayMs(keepAlive, 1, phone)));
    expect(phones.size).toBeGreaterThan(95);
    const first = keepAliveDelayMs(keepAlive, 1, 1);
    keepAliveTick(keepAlive, 0);
    expect(keepAliveDelayMs(keepAlive, 1, 1)).not.toBe(first);
  });

  test.each([
    [0, DEFAULT_KEEP_ALIVE_MS],
    [1, 1000],
    [30, 30_000],
    [0xffff_ffff, MAX_KEEP_ALIVE_MS],
  ])('an interval of %i s in the acknowledgement is %i ms', (seconds, ms) => {
    expect(keepAliveEvery(seconds, KEEP_ALIVE_LOSS['79x1']).intervalMs).toBe(ms);
  });
});
