import { describe, expect, it } from 'vitest';
import { buildDefaultConfig, buildDeviceConfig } from '../../../src/protocols/device-config/build.ts';
import { DeviceConfigCache } from '../../../src/protocols/device-config/cache.ts';
import { DEFAULT_CONFIG_LIMITS } from '../../../src/protocols/device-config/parse.ts';

const file = (host: string): Buffer =>
  buildDeviceConfig({ deviceName: 'SEP001122334455', callManagers: [{ host }] });

describe('the cache', () => {
  it('gives the same object for the same bytes, wherever they lie', () => {
    const cache = new DeviceConfigCache();
    const first = cache.device(file('a'));
    expect(first).toMatchObject({ ok: true, config: { callManagers: [{ host: 'a' }] } });
    const elsewhere = Buffer.concat([Buffer.from('xyz'), file('a')]).subarray(3);
    expect(cache.device(elsewhere)).toBe(first);
    expect(cache.device(file('b'))).toMatchObject({ ok: true, config: { callManagers: [{ host: 'b' }] } });
  });

  it('remembers what cannot be parsed', () => {
    const cache = new DeviceConfigCache();
    const broken = cache.device(Buffer.from('<device>'));
    expect(broken).toMatchObject({ ok: false, problem: 'malformed' });
    expect(cache.device(Buffer.from('<device>'))).toBe(broken);
  });

  it('forgets the least recently used over its capacity', () => {
    const cache = new DeviceConfigCache(DEFAULT_CONFIG_LIMITS, 2);
    const a = cache.device(file('a'));
    const b = cache.device(file('b'));
    expect(cache.device(file('a'))).toBe(a);
    cache.device(file('c'));
    expect(cache.device(file('a'))).toBe(a);
    expect(cache.device(file('b'))).not.toBe(b);
  });

  it('keeps the two kinds of file apart', () => {
    const cache = new DeviceConfigCache();
    const content = buildDefaultConfig({ callManagers: [{ host: 'a' }], loads: new Map([[115, 'L']]) });
    expect(cache.device(content)).toMatchObject({ ok: false, problem: 'malformed' });
    expect(cache.default(content)).toMatchObject({ ok: true, config: { callManagers: [{ host: 'a' }] } });
  });

  it('refuses a file over the limit', () => {
    const cache = new DeviceConfigCache({ ...DEFAULT_CONFIG_LIMITS, maxBytes: 100 });
    expect(cache.device(file('a'))).toMatchObject({ ok: false, problem: 'too-large' });
  });
});
