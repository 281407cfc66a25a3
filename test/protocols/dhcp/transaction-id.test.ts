import { describe, expect, it } from 'vitest';
import { MAX_PHONES, transactionId } from '../../../src/protocols/dhcp/transaction-id.ts';

describe('transactionId', () => {
  it('is unique over 100,000 phones and 12 transactions each', () => {
    const phones = 100_000;
    const transactions = 12;
    const ids = new Uint32Array(phones * transactions);
    for (let phone = 0; phone < phones; phone++) {
      for (let n = 0; n < transactions; n++) ids[phone * transactions + n] = transactionId(42, phone, n);
    }
    ids.sort();
    let repeated = 0;
    for (let i = 1; i < ids.length; i++) if (ids[i] === ids[i - 1]) repeated++;
    expect(repeated).toBe(0);
  });

  it('is unique for the last phone and for transactions far on', () => {
    const ids = new Set<number>();
    for (const phone of [0, 1, MAX_PHONES - 1]) {
      for (let n = 5_000; n < 6_024; n++) ids.add(transactionId(42, phone, n));
    }
    expect(ids.size).toBe(3 * 1024);
  });

  it('depends on the seed, and on nothing else than its arguments', () => {
    expect(transactionId(1, 7, 0)).toBe(transactionId(1, 7, 0));
    expect(transactionId(1, 7, 0)).not.toBe(transactionId(2, 7, 0));
  });

  it('refuses a phone that it could not tell from another', () => {
    expect(() => transactionId(1, MAX_PHONES, 0)).toThrow(RangeError);
  });
});
