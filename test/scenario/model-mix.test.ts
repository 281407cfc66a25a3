import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PHONE_MODEL_NAMES } from '../../src/phone/models.ts';
import { modelCycle } from '../../src/scenario/model-mix.ts';

const shares = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...PHONE_MODEL_NAMES), fc.integer({ min: 1, max: 60 })), {
    minLength: 1,
    selector: ([model]) => model,
  })
  .map((entries) => new Map(entries));

describe('modelCycle', () => {
  it('gives each model exactly its share', () => {
    fc.assert(
      fc.property(shares, (mix) => {
        const cycle = modelCycle(mix);
        const total = [...mix.values()].reduce((a, b) => a + b, 0);
        for (const [model, share] of mix) {
          const found = cycle.filter((name) => name === model).length;
          expect(found * total).toBe(share * cycle.length);
        }
      }),
    );
  });

  it('spreads the models evenly instead of in blocks', () => {
    const cycle = modelCycle(
      new Map([
        ['7961G', 4],
        ['7941G', 2],
      ] as const),
    );
    expect(cycle).toEqual(['7961G', '7941G', '7961G']);
  });
});
