import { describe, expect, it } from 'vitest';
import { NewsWatch } from '../../src/coordinator/news-watch.ts';

const LOOK_MS = 100;

/** A watch on a virtual clock. */
function watched(): { news: NewsWatch; pass: (ms: number, canHear?: boolean) => void } {
  const news = new NewsWatch();
  let now = 0;
  news.look(now, true);
  const pass = (ms: number, canHear = true): void => {
    for (let passed = 0; passed < ms; passed += LOOK_MS) news.look((now += LOOK_MS), canHear);
  };
  return { news, pass };
}

describe('NewsWatch', () => {
  it('counts each second of silence beyond the two that news may take, once it is over', () => {
    const { news, pass } = watched();
    news.heard(0);
    pass(2900);
    news.heard(0);
    expect(news.lost).toBe(0);
    pass(5000);
    expect(news.lost).toBe(0);
    news.heard(0);
    expect(news.lost).toBe(3);
    pass(3000);
    news.heardLast(0);
    expect(news.lost).toBe(4);
  });

  it('counts each shard for itself, and nothing of one that was never heard or has told all', () => {
    const { news, pass } = watched();
    pass(10_000);
    news.heard(0);
    news.heard(1);
    expect(news.lost).toBe(0);
    pass(4000);
    news.heard(0);
    news.heardLast(1);
    expect(news.lost).toBe(4);
    pass(9000);
    news.heardLast(1);
    expect(news.lost).toBe(4);
  });

  it('counts nothing of a shard that died: its phones are lost, not its news', () => {
    const { news, pass } = watched();
    news.heard(0);
    pass(10_000);
    news.forget(0);
    // It begins anew elsewhere.
    news.heard(0);
    expect(news.lost).toBe(0);
  });

  it('finds nothing lost while nobody could be heard, nor when it was itself asleep', () => {
    const { news, pass } = watched();
    news.heard(0);
    pass(1900);
    pass(60_000, false);
    pass(2900);
    news.look(1_000_000, true);
    news.look(2_000_000, true);
    news.heard(0);
    expect(news.lost).toBe(1);
  });
});
