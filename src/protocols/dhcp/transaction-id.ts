import { hash32 } from '../../random/counter-random.ts';

/** The low bits of the word number a phone's transactions, the high bits are the phone. */
const TRANSACTION_BITS = 10;
const TRANSACTIONS = 1 << TRANSACTION_BITS;

/** Phones that can be told apart: 4,194,304. */
export const MAX_PHONES = 2 ** (32 - TRANSACTION_BITS);

/**
 * The xid of a phone's n-th transaction (RFC 2131, section 2: "a random number chosen by the client").
 *
 * All phones of a run share one relay socket, and replies find their phone by xid alone, so no two transactions
 * that are under way may have the same one. The word (phone index, transaction modulo 1024) is unique because a
 * phone has one transaction at a time. It is xored with a number from the seed and scrambled by murmur3's finaliser.
 * Both are bijections of 32 bits, so the xid is as unique as the word, differs from run to run, and looks random to
 * a server that hashes by it.
 */
export function transactionId(seed: number, phoneIndex: number, transaction: number): number {
  if (phoneIndex < 0 || phoneIndex >= MAX_PHONES) throw new RangeError(`phone index ${phoneIndex}`);
  const word = (phoneIndex << TRANSACTION_BITS) | (transaction & (TRANSACTIONS - 1));
  return scramble(word ^ hash32(seed, 0, 'dhcp-xid'));
}

function scramble(word: number): number {
  let h = word;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
