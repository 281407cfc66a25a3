import { describe, expect, it } from 'vitest';
import { NewsWatch } from '../../src/coordinator/news-watch.ts';

const LOOK_MS = 100;

/** A watch on a virtual clock. */
function watched(): { news: NewsWatch; pass: (ms: number, canHear?: boolean) => number } {
  const news = new NewsWatch();
  let now = 0;
  news.look(now, true);
  const pass = (ms: number, canHear = true): number => {
    for (let passed = 0; passed < ms; passed += LOOK_MS) news.look((now += LOOK_MS), canHear);
    return news.lost;
  };
  return { news, pass };
}

describe('NewsWatch', () => {
  it('counts each second of silence beyond the two that news may take', () => {
    const { news, pass } = watched();
    news.heard(0);
    expect(pass(2900)).toBe(0);
    expect(pass(100)).toBe(1);
    expect(pass(2000)).toBe(3);
    news.heard(0);
    expect(pass(2900)).toBe(3);
    expect(pass(100)).toBe(4);
  });

  it('counts each shard for itself, and nothing of one that was never heard or has told all', () => {
    const { news, pass } = watched();
    expect(pass(10_000)).toBe(0);
    news.heard(0);
    news.heard(1);
    expect(pass(4000)).toBe(4);
    news.forget(1);
    expect(pass(1000)).toBe(5);
    news.forget(0);
    expect(pass(9000)).toBe(5);
  });

  it('finds nothing lost while nobody could be heard, nor when it was itself asleep', () => {
    const { news, pass } = watched();
    news.heard(0);
    pass(1900);
    expect(pass(60_000, false)).toBe(0);
    expect(pass(2900)).toBe(0);
    news.look(1_000_000, true);
    expect(news.lost).toBe(1);
    news.look(2_000_000, true);
    expect(news.lost).toBe(1);
  });
});
