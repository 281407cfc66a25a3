import { describe, expect, it } from 'vitest';
import { RateLimit } from '../../src/lab/rate-limit.ts';

describe('RateLimit', () => {
  it('without a figure limits nothing', () => {
    const limit = new RateLimit(undefined, () => 0);
    for (let i = 0; i < 10_000; i++) expect(limit.take()).toBe(true);
    expect(limit.queue()).toBe(0);
  });

  it('lets a second’s worth through at once, then as many as the time that passed is worth', () => {
    let now = 0;
    const limit = new RateLimit(10, () => now);
    const taken = (): number => Array.from({ length: 100 }).filter(() => limit.take()).length;
    expect(taken()).toBe(10);
    now = 500;
    expect(taken()).toBe(5);
    now = 60_000;
    expect(taken()).toBe(10);
  });

  it('queues one behind the other', () => {
    const limit = new RateLimit(10, () => 0);
    const waits = Array.from({ length: 14 }, () => Math.round(limit.queue()));
    expect(waits).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100, 200, 300, 400]);
  });

  it('queues no more than it may, and again as soon as one has been served', () => {
    let now = 0;
    const limit = new RateLimit(10, () => now);
    const taken = (): number => Array.from({ length: 20 }).filter(() => limit.queue(3) !== null).length;
    expect(taken()).toBe(13);
    now = 99;
    expect(taken()).toBe(0);
    now = 201;
    expect(taken()).toBe(2);
    expect(new RateLimit(1, () => 0).queue(0)).toBe(0);
  });

  it('works below one a second', () => {
    let now = 0;
    const limit = new RateLimit(0.5, () => now);
    expect(limit.take()).toBe(true);
    expect(limit.take()).toBe(false);
    now = 1999;
    expect(limit.take()).toBe(false);
    now = 2000;
    expect(limit.take()).toBe(true);
  });
});
