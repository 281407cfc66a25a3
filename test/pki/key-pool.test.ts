import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { KeyPool, keyDraw } from '../../src/pki/key-pool.ts';

function device(index: number): string {
  return `SEP020000${index.toString(16).toUpperCase().padStart(6, '0')}`;
}

it('spreads phones over all keys, by seed and name alone', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 512 });
  const pool = new KeyPool(Array.from({ length: 32 }, () => privateKey));
  const places = Array.from({ length: 3200 }, (_, i) => pool.indexOf(keyDraw(7, device(i))));
  const shares = Array.from({ length: 32 }, (_, key) => places.filter((place) => place === key).length);
  // 100 each; six standard deviations of a binomial distribution are 60.
  for (const share of shares) expect(Math.abs(share - 100)).toBeLessThan(60);
  expect(Array.from({ length: 3200 }, (_, i) => pool.indexOf(keyDraw(7, device(i))))).toEqual(places);
  expect(Array.from({ length: 3200 }, (_, i) => pool.indexOf(keyDraw(8, device(i))))).not.toEqual(places);
});

it('takes every draw from 0 up to 1, and has the public key of each private one', async () => {
  const pool = await KeyPool.generate(3, 1024);
  expect(pool.size).toBe(3);
  expect(pool.keyOf(0)).toBe(pool.privateKeyAt(0));
  expect(pool.keyOf(0.999_999_999)).toBe(pool.privateKeyAt(2));
  expect(pool.keyOf(0)).not.toBe(pool.keyOf(0.5));
  expect(pool.publicKeyAt(1).asymmetricKeyDetails?.modulusLength).toBe(1024);
  expect(() => pool.privateKeyAt(3)).toThrow(RangeError);
  expect(() => new KeyPool([])).toThrow(RangeError);
});
