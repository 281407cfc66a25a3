import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatClock,
  formatCount,
  formatSeconds,
  formatShare,
} from '../../src/report/figures.ts';

describe('figures', () => {
  it.each([
    [null, '-'],
    [0, '0 ms'],
    [-0.000001, '0.00 ms'],
    [-0.0123, '-12.3 ms'],
    [0.00042, '0.42 ms'],
    [0.0123, '12.3 ms'],
    [0.09996, '100 ms'],
    [0.9994, '999 ms'],
    [0.9996, '1.00 s'],
    [12.34, '12.3 s'],
    [99.96, '100 s'],
    [4711, '4711 s'],
  ])('writes %s seconds as %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });

  it.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [-1234567, '-1,234,567'],
  ])('writes the count %s as %s', (count, text) => {
    expect(formatCount(count)).toBe(text);
  });

  it.each([
    [null, '-'],
    [999, '999 B'],
    [85_200, '85.2 kB'],
    [101e6, '101 MB'],
    [1.5e9, '1.50 GB'],
  ])('writes %s bytes as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('never rounds a share up to all', () => {
    expect([formatShare(9999, 10_000), formatShare(1, 2), formatShare(0, 0)]).toEqual([
      '99.9 %',
      '50 %',
      '0 %',
    ]);
  });

  it('writes a clock with hours only where there are any', () => {
    expect([formatClock(4.9), formatClock(3723)]).toEqual(['00:04', '1:02:03']);
  });
});
