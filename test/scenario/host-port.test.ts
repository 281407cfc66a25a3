import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressPortField,
  formatHostPort,
  hostPortField,
  parseServerAddress,
  withDefaultPort,
} from '../../src/scenario/host-port.ts';

describe('parseServerAddress', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1', null],
    ['127.0.0.1:6969', '127.0.0.1', 6969],
    ['cucm1.example:2000', 'cucm1.example', 2000],
    ['cucm-pub', 'cucm-pub', null],
    ['::1', '::1', null],
    ['[::1]:69', '::1', 69],
    ['[::1]', '::1', null],
  ])('reads %s', (text, host, port) => {
    expect(parseServerAddress(text)).toEqual({ host, port });
  });

  it.each([
    '',
    ':69',
    '127.0.0.1:',
    '127.0.0.1:0',
    '127.0.0.1:65536',
    '127.0.0.256',
    '127.0.1',
    '[::1',
    '[cucm]:69',
    'a b',
    '-x',
    'x-',
    'cucm..example',
    'http://cucm',
  ])('refuses %j', (text) => {
    expect(parseServerAddress(text)).toBeNull();
  });

  it('reads back what is written', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()),
        fc.integer({ min: 1, max: 65535 }),
        (host, port) => {
          expect(parseServerAddress(formatHostPort({ host, port }))).toEqual({ host, port });
        },
      ),
    );
  });
});

describe('a server in a scenario', () => {
  it('is an address where nobody can resolve names yet', () => {
    expect(addressPortField.safeParse('tftp.example:69').success).toBe(false);
    expect(addressPortField.parse('127.0.0.1')).toEqual({ host: '127.0.0.1', port: null });
    expect(hostPortField.parse('cucm1.example')).toEqual({ host: 'cucm1.example', port: null });
  });

  it('takes the default port where it has none', () => {
    expect(withDefaultPort({ host: '127.0.0.1', port: null }, 69).port).toBe(69);
    expect(withDefaultPort({ host: '127.0.0.1', port: 6969 }, 69).port).toBe(6969);
  });
});
