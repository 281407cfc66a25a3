import { describe, expect, it } from 'vitest';
import { TokenQueue } from '../../src/lab/token-queue.ts';

function queue(depth: number, serviceMs: number) {
  const clock = { now: 0 };
  const tokens = new TokenQueue({ depth, serviceMs, waitSeconds: 60 }, () => clock.now);
  const addsUp = (): void => {
    const { tokenRequests, tokensGranted = 0, tokensRejected = 0, tokensQueuedNow = 0 } = tokens.stats();
    expect(tokensGranted + tokensRejected + tokensQueuedNow).toBe(tokenRequests);
  };
  return { clock, tokens, addsUp };
}

describe('TokenQueue', () => {
  it('serves one after the other, and turns away those beyond its depth', () => {
    const { tokens, addsUp } = queue(3, 20);
    expect([1, 2, 3, 4, 5].map(() => tokens.ask())).toEqual([20, 40, 60, null, null]);
    expect(tokens.stats()).toEqual({
      tokenRequests: 5,
      tokensGranted: 0,
      tokensRejected: 2,
      tokensQueuedNow: 3,
      tokensPeak: 3,
    });
    addsUp();
  });

  it('has room again for each one that has been served', () => {
    const { clock, tokens, addsUp } = queue(3, 20);
    for (let i = 0; i < 3; i++) tokens.ask();
    for (const [at, queued] of [
      [19, 3],
      [20, 2],
      [21, 2],
      [40, 1],
      [60, 0],
      [1000, 0],
    ] as const) {
      clock.now = at;
      expect([at, tokens.queuedNow]).toEqual([at, queued]);
      addsUp();
    }
    expect(tokens.ask()).toBe(20);
    expect(tokens.stats()).toMatchObject({ tokensGranted: 3, tokensQueuedNow: 1, tokensPeak: 3 });
  });

  it('fills to its depth on a clock with fractions', () => {
    const { clock, tokens } = queue(10, 0.1);
    for (let i = 0; i < 1000; i++) {
      clock.now = i * 1.7 + 0.3;
      const answers = Array.from({ length: 12 }, () => tokens.ask());
      expect(answers.map((wait) => wait !== null)).toEqual([...new Array(10).fill(true), false, false]);
    }
  });

  it('without a service time grants at once, without depth never', () => {
    const instant = queue(1, 0);
    expect([1, 2, 3].map(() => instant.tokens.ask())).toEqual([0, 0, 0]);
    expect(instant.tokens.stats()).toMatchObject({ tokensGranted: 3, tokensRejected: 0 });
    const closed = queue(0, 10);
    expect(closed.tokens.ask()).toBeNull();
    instant.tokens.refuse();
    expect(instant.tokens.stats()).toMatchObject({ tokenRequests: 4, tokensRejected: 1 });
  });
});
