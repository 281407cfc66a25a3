import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hash32, RANDOM_PURPOSES, uniform01 } from '../../src/random/counter-random.ts';

const purposes = fc.constantFrom(...RANDOM_PURPOSES);

describe('hash32', () => {
  it('gives the same 32 unsigned bits for the same question', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), purposes, fc.nat(1000), (seed, phone, purpose, attempt) => {
        const value = hash32(seed, phone, purpose, attempt);
        expect(value).toBe(hash32(seed, phone, purpose, attempt));
        expect(Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff).toBe(true);
      }),
    );
  });

  it('hardly collides over neighbouring phones, purposes and attempts', () => {
    const seen = new Set<number>();
    let asked = 0;
    for (const purpose of RANDOM_PURPOSES) {
      for (let phone = 0; phone < 2000; phone++) {
        for (let attempt = 0; attempt < 3; attempt++, asked++) seen.add(hash32(1, phone, purpose, attempt));
      }
    }
    // By chance, asked^2 / 2^33 pairs collide: one in half a million questions squared.
    expect(asked - seen.size).toBeLessThan(10);
  });

  it('flips about half of the bits when the phone is the next one', () => {
    let flipped = 0;
    for (let phone = 0; phone < 1000; phone++) {
      let bits = hash32(3, phone, 'dhcp-xid') ^ hash32(3, phone + 1, 'dhcp-xid');
      for (; bits !== 0; bits &= bits - 1) flipped++;
    }
    expect(flipped / 1000).toBeGreaterThan(15);
    expect(flipped / 1000).toBeLessThan(17);
  });
});

describe('uniform01', () => {
  it('fills [0, 1) evenly', () => {
    const bins = new Array<number>(10).fill(0);
    for (let phone = 0; phone < 100_000; phone++) {
      const bin = Math.floor(uniform01(99, phone, 'vlan-time') * 10);
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    expect(bins).toHaveLength(10);
    for (const count of bins) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });
});
