import { describe, expect, it } from 'vitest';
import { pagePlaceField } from '../../src/scenario/page-place.ts';

describe('the place of the page', () => {
  it.each([
    [undefined, 'off'],
    ['off', 'off'],
    ['auto', 'auto'],
    [9463, { host: '127.0.0.1', port: 9463 }],
    ['9463', { host: '127.0.0.1', port: 9463 }],
    ['0.0.0.0:9463', { host: '0.0.0.0', port: 9463 }],
    ['[::1]:80', { host: '::1', port: 80 }],
  ])('%j is %j', (written, meant) => {
    expect(pagePlaceField.parse(written)).toEqual(meant);
  });

  it.each([0, 70_000, '70000', 'on', '127.0.0.1', 'cucm1.example:80', '127.0.0.1:0', true])(
    '%j is refused',
    (written) => {
      const { error } = pagePlaceField.safeParse(written);
      expect(error?.issues[0]?.message).toBe(
        'expected off, auto, a port, or address:port, such as 127.0.0.1:9463',
      );
    },
  );
});
