import { describe, expect, it } from 'vitest';
import { describeDistribution, distributionField } from '../../src/scenario/distribution-field.ts';

describe('a distribution in a scenario', () => {
  it.each([
    [2, { type: 'constant', seconds: 2 }],
    ['500ms', { type: 'constant', seconds: 0.5 }],
    ['1s..3s', { type: 'uniform', min: 1, max: 3 }],
    [
      { min: '1s', max: 3 },
      { type: 'uniform', min: 1, max: 3 },
    ],
    [
      { mean: '45s', sd: 5 },
      { type: 'normal', mean: 45, sd: 5, min: undefined, max: undefined },
    ],
    [
      { mean: 240, sd: 60, min: 90, max: '8m' },
      { type: 'normal', mean: 240, sd: 60, min: 90, max: 480 },
    ],
  ])('reads %j', (written, expected) => {
    expect(distributionField.parse(written)).toEqual(expected);
  });

  it.each([
    -1,
    'soon',
    '3s..1s',
    '1s..2s..3s',
    '1s..',
    {},
    { min: 1 },
    { sd: 1, min: 1, max: 2 },
    { min: 3, max: 1 },
    { mean: 1, spread: 1 },
    null,
  ])('refuses %j', (written) => {
    expect(distributionField.safeParse(written).success).toBe(false);
  });

  it('is described for people', () => {
    const texts = [2, '1s..3s', { mean: 45, sd: 5, min: 30, max: 90 }].map((written) =>
      describeDistribution(distributionField.parse(written)),
    );
    expect(texts).toEqual([
      '2 s',
      'uniform 1 s to 3 s',
      'normal 45 s, sd 5 s, at least 30 s, at most 1 m 30 s',
    ]);
  });
});
