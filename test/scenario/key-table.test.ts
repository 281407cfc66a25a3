import { describe, expect, it } from 'vitest';
import { scenarioKeys, scenarioKeysMarkdown } from '../../src/scenario/key-table.ts';

describe('the table of keys', () => {
  it('describes every key', () => {
    const keys = scenarioKeys();
    expect(keys.length).toBeGreaterThan(70);
    expect(keys.filter(({ description }) => description === '').map(({ path }) => path)).toEqual([]);
    expect(keys.filter(({ type }) => type === '' || type.includes('any')).map(({ path }) => path)).toEqual(
      [],
    );
  });

  it('names each key once, with its default', () => {
    const keys = scenarioKeys();
    expect(new Set(keys.map(({ path }) => path)).size).toBe(keys.length);
    const defaults = new Map(keys.map((key) => [key.path, key.default]));
    expect(defaults.get('hold')).toBe('30s');
    expect(defaults.get('timing.image')).toBe('model');
    expect(defaults.get('ramp')).toBe('all at once');
    expect(defaults.get('phones.generate.count')).toBe('100');
    expect(defaults.get('lab.faults[].probability')).toBe('1');
  });

  it('is a table: one row a key, four cells a row', () => {
    const lines = scenarioKeysMarkdown().trimEnd().split('\n');
    expect(lines).toHaveLength(scenarioKeys().length + 2);
    for (const line of lines) expect(line.split(/(?<!\\)\|/)).toHaveLength(6);
  });
});
