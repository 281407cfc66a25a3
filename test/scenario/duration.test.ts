import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationField, formatDuration, parseDuration } from '../../src/scenario/duration.ts';

describe('parseDuration', () => {
  it.each([
    ['30s', 30],
    ['5m', 300],
    ['1h', 3600],
    ['1h30m', 5400],
    ['1m 30s', 90],
    ['250ms', 0.25],
    ['0.5s', 0.5],
    ['1.5m', 90],
    ['12', 12],
    ['0', 0],
  ])('reads %s as %d seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each(['', 's', '-1s', '5x', '5s!', '1e3s', '1..2s', 's5', '5 minutes', '30 s 12'])(
    'refuses %j',
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );
});

describe('formatDuration', () => {
  it.each([
    [0, '0 s'],
    [0.25, '0.25 s'],
    [45.04, '45 s'],
    [60, '1 m'],
    [3725, '1 h 2 m 5 s'],
    [Number.POSITIVE_INFINITY, 'without end'],
  ])('writes %d seconds as %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  it('is read back to the same whole seconds', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), (seconds) => {
        expect(parseDuration(formatDuration(seconds))).toBe(seconds);
      }),
    );
  });
});

describe('a duration in a scenario', () => {
  it('is a number of seconds or text', () => {
    expect([durationField.parse(1.5), durationField.parse('2m')]).toEqual([1.5, 120]);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, true, null, 'soon', '-3s', [1]])(
    'refuses %j',
    (value) => {
      expect(durationField.safeParse(value).error?.issues[0]?.message).toContain('expected a duration');
    },
  );
});
