import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DEFAULT_KEEP_ALIVE_MS,
  EARLY_PART,
  keepAliveAnswered,
  keepAliveDelayMs,
  keepAliveEvery,
  keepAliveTick,
  MAX_KEEP_ALIVE_MS,
} from '../../../src/protocols/sccp/keep-alive.ts';

describe('keepalive', () => {
  test('without answers: sends at 20, 60 and 100 s, gives up at 120 s', () => {
    const keepAlive = keepAliveEvery(20);
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

  test('with answers every tick sends, and the time of the answer is counted', () => {
    const keepAlive = keepAliveEvery(30);
    for (let tick = 1; tick <= 20; tick++) {
      expect(keepAliveTick(keepAlive, tick * 30_000)).toBe('send');
      expect(keepAliveAnswered(keepAlive, tick * 30_000 + 12)).toBe(12);
    }
  });

  test('a late answer counts from the oldest request, and the next tick sends again', () => {
    const keepAlive = keepAliveEvery(10);
    expect([10, 20, 30].map((s) => keepAliveTick(keepAlive, s * 1000))).toEqual(['send', 'wait', 'send']);
    expect(keepAliveAnswered(keepAlive, 31_000)).toBe(21_000);
    expect(keepAliveAnswered(keepAlive, 31_500)).toBeNull();
    expect(keepAliveTick(keepAlive, 40_000)).toBe('send');
  });

  test('an answer to nothing is nothing', () => {
    expect(keepAliveAnswered(keepAliveEvery(10), 5)).toBeNull();
  });

  test('ticks come early by up to a twentieth, never late, and the same for the same seed', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(100_000), fc.integer({ min: 1, max: 3600 }), (seed, phone, seconds) => {
        const keepAlive = keepAliveEvery(seconds);
        const delay = keepAliveDelayMs(keepAlive, seed, phone);
        expect(delay).toBeLessThanOrEqual(seconds * 1000);
        expect(delay).toBeGreaterThan(seconds * 1000 * (1 - EARLY_PART) - 1e-6);
        expect(keepAliveDelayMs(keepAliveEvery(seconds), seed, phone)).toBe(delay);
      }),
    );
  });

  test('different phones, and different ticks of one phone, come at different times', () => {
    const keepAlive = keepAliveEvery(30);
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
    expect(keepAliveEvery(seconds).intervalMs).toBe(ms);
  });
});
