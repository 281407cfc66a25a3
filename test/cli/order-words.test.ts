import { describe, expect, it } from 'vitest';
import { orderOf, steeredText } from '../../src/cli/order-words.ts';
import type { SteerOrder } from '../../src/coordinator/steer-order.ts';

describe('an order to a run', () => {
  it.each<[string, string | undefined, SteerOrder]>([
    ['pause', undefined, { type: 'rate', slope: 0 }],
    ['resume', undefined, { type: 'rate', slope: 1 }],
    ['rate', '20', { type: 'rate', slope: 20 }],
    ['rate', '0.5', { type: 'rate', slope: 0.5 }],
    ['abort', undefined, { type: 'abort' }],
  ])('%s %s', (word, factor, order) => {
    expect(orderOf(word, factor)).toEqual(order);
  });

  it.each([
    ['stop', undefined],
    ['pause', '2'],
    ['rate', undefined],
    ['rate', '0'],
    ['rate', '1001'],
    ['rate', '-1'],
    ['rate', '1e3'],
  ])('is refused: %s %s', (word, factor) => {
    expect(() => orderOf(word, factor)).toThrow(/^steer: /);
  });

  it('is confirmed with what it comes to', () => {
    const steered = { fromSecond: 12.34, inSeconds: 2.3, stop: null };
    expect(steeredText({ type: 'rate', slope: 0 }, steered)).toBe(
      'from second 12.3 of the run on (in 2.3 s): schedule time stands still',
    );
    expect(steeredText({ type: 'rate', slope: 20 }, steered)).toContain('passes at 20 times real time');
    expect(steeredText({ type: 'abort' }, { ...steered, stop: 'drain' })).toContain('take their leave');
    expect(steeredText({ type: 'abort' }, { ...steered, stop: 'now' })).toContain('everything stops');
  });
});
