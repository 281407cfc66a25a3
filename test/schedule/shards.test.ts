import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shardOf, shardPhone, shardSize } from '../../src/schedule/shards.ts';
import { type StagesShape, stagesSeconds } from '../../src/schedule/shapes/stages.ts';

const counts = fc.integer({ min: 0, max: 3000 });
const shards = fc.integer({ min: 1, max: 70 });

function phonesOf(index: number, of: number, phones: number): number[] {
  const shard = { index, of };
  return Array.from({ length: shardSize(shard, phones) }, (_, position) => shardPhone(shard, position));
}

function sizeOf(of: number, phones: number): number {
  return Array.from({ length: of }, (_, index) => shardSize({ index, of }, phones)).reduce(
    (a, b) => a + b,
    0,
  );
}

describe('shards', () => {
  it('are disjoint and complete for any number of phones and shards', () => {
    fc.assert(
      fc.property(counts, shards, (phones, of) => {
        const taken = new Uint8Array(phones);
        for (let index = 0; index < of; index++) {
          for (const phone of phonesOf(index, of, phones)) {
            if (shardOf(phone, of) === index) taken[phone] = (taken[phone] ?? 0) + 1;
          }
        }
        expect(taken).toHaveLength(phones);
        expect(taken.every((times) => times === 1)).toBe(true);
        expect(sizeOf(of, phones)).toBe(phones);
      }),
    );
  });

  it('differ by at most one phone in size', () => {
    fc.assert(
      fc.property(counts, shards, (phones, of) => {
        const sizes = Array.from({ length: of }, (_, index) => shardSize({ index, of }, phones));
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('see the ramp in the same shape: their first phones start within one rate step of each other', () => {
    const ramp: StagesShape = { type: 'stages', stages: [{ durationSeconds: 100, phones: 1000 }] };
    for (let index = 0; index < 4; index++) {
      const starts = phonesOf(index, 4, 1000).map((phone) => stagesSeconds(ramp, phone));
      expect(starts).toHaveLength(250);
      expect(starts[0]).toBeCloseTo(index * 0.1, 9);
      expect(starts.at(-1)).toBeCloseTo(99.6 + index * 0.1, 9);
    }
  });
});
