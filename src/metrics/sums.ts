import { Histogram, type SparseHistogram } from './histogram.ts';

/* How the figures of several shards become one. */

export function total<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}

/** The sum of each key. All records have the same keys; an empty list gives `zero`. */
export function totals<Key extends string>(
  zero: Readonly<Record<Key, number>>,
  records: readonly Readonly<Record<Key, number>>[],
): Record<Key, number> {
  const sums: Record<Key, number> = { ...zero };
  for (const record of records) for (const key of keysOf(sums)) sums[key] += record[key];
  return sums;
}

/** Null where no item has a value. */
export function highest<T>(items: readonly T[], of: (item: T) => number | null): number | null {
  const values = items.map(of).filter((value) => value !== null);
  return values.length === 0 ? null : Math.max(...values);
}

/** Null where no item has a value. */
export function lowest<T>(items: readonly T[], of: (item: T) => number | null): number | null {
  const values = items.map(of).filter((value) => value !== null);
  return values.length === 0 ? null : Math.min(...values);
}

export function merged<T>(items: readonly T[], of: (item: T) => SparseHistogram): Histogram {
  const histogram = new Histogram();
  for (const item of items) histogram.mergeSparse(of(item));
  return histogram;
}

export function keysOf<Key extends string>(record: Readonly<Record<Key, unknown>>): Key[] {
  return Object.keys(record) as Key[];
}

/** Rows of the same key become one; the most frequent come first. */
export function sumRows<R extends { readonly count: number }>(
  rows: readonly R[],
  keyOf: (row: R) => string,
): R[] {
  const sums = new Map<string, R>();
  for (const row of rows) {
    const key = keyOf(row);
    const sum = sums.get(key);
    sums.set(key, sum === undefined ? row : { ...sum, count: sum.count + row.count });
  }
  return [...sums]
    .sort(([keyA, a], [keyB, b]) => b.count - a.count || (keyA < keyB ? -1 : 1))
    .map(([, row]) => row);
}
