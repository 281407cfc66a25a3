import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressAt, formatPool, parseAddressRange, poolSize } from '../../src/scenario/address-pool.ts';
import { addressPoolField } from '../../src/scenario/address-pool-field.ts';

describe('parseAddressRange', () => {
  it.each([
    ['127.0.1.7', '127.0.1.7', 1],
    ['127.0.1.1-127.0.1.8', '127.0.1.1-127.0.1.8', 8],
    ['127.0.1.1 - 127.0.2.0', '127.0.1.1-127.0.2.0', 256],
    ['127.16.0.0/12', '127.16.0.1-127.31.255.254', 1_048_574],
    ['127.3.4.99/28', '127.3.4.97-127.3.4.110', 14],
    ['127.0.0.4/31', '127.0.0.4-127.0.0.5', 2],
    ['127.0.0.4/32', '127.0.0.4', 1],
  ])('reads %s', (text, written, size) => {
    const range = parseAddressRange(text);
    expect(range && [formatPool([range]), poolSize([range])]).toEqual([written, size]);
  });

  it.each([
    '',
    '127.0.0',
    '127.0.0.256',
    '127.0.0.9-127.0.0.1',
    '127.0.0.0/33',
    '127.0.0.0/x',
    '127.0.0.0/8/8',
    '::1',
    '::1/64',
    'localhost',
    '127.0.0.1-',
  ])('refuses %j', (text) => {
    expect(parseAddressRange(text)).toBeNull();
  });
});

describe('an address pool', () => {
  it('goes through its ranges in order and begins again', () => {
    const pool = addressPoolField.parse(['127.0.0.254-127.0.1.1', '127.9.0.1']);
    expect(poolSize(pool)).toBe(5);
    expect(Array.from({ length: 6 }, (_, i) => addressAt(pool, i))).toEqual([
      '127.0.0.254',
      '127.0.0.255',
      '127.0.1.0',
      '127.0.1.1',
      '127.9.0.1',
      '127.0.0.254',
    ]);
    expect(addressPoolField.parse('127.0.0.254-127.0.1.1, 127.9.0.1')).toEqual(pool);
  });

  it('holds addresses all over IPv4, each once', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 20, max: 32 }), (address, prefix) => {
        const pool = addressPoolField.parse(`${address}/${prefix}`);
        const all = Array.from({ length: poolSize(pool) }, (_, i) => addressAt(pool, i));
        expect(new Set(all).size).toBe(all.length);
        expect(all.every((text) => parseAddressRange(text) !== null)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('names the wrong one of a list', () => {
    const issues = addressPoolField.safeParse(['127.0.0.1', '127.0.0.300']).error?.issues;
    expect(issues?.map(({ path }) => path)).toEqual([[1]]);
  });
});
