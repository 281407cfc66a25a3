import { describe, expect, it } from 'vitest';
import { suggest } from '../../src/scenario/suggest.ts';

describe('suggest', () => {
  const known = ['count', 'macPrefix', 'model', 'models'];

  it.each([
    ['cout', 'count'],
    ['Count', 'count'],
    ['macprefx', 'macPrefix'],
    ['modle', 'model'],
  ])('for %s means %s', (word, meant) => {
    expect(suggest(word, known)).toBe(`; did you mean "${meant}"?`);
  });

  it.each(['zzz', 'x', '', 7, null])('for %j means nothing', (word) => {
    expect(suggest(word, known)).toBe('');
  });
});
