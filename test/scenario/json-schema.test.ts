import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { knownNamesAt, scenarioJsonSchema } from '../../src/scenario/json-schema.ts';
import { packageRoot } from '../../src/scenario/package-root.ts';

describe('the JSON Schema', () => {
  it('is the one that is committed', () => {
    const file = join(packageRoot(), 'src', 'schema', 'scenario.schema.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(scenarioJsonSchema())));
  });

  it('speaks of what may be written, not of what it becomes', () => {
    const hold = scenarioJsonSchema().properties?.['hold'];
    expect(hold?.default).toBe('30s');
    expect(hold?.anyOf?.map(({ type }) => type)).toEqual(['number', 'string']);
  });
});

describe('knownNamesAt', () => {
  it.each([
    [[], 'phones'],
    [['phones', 'generate'], 'macPrefix'],
    [['target', 'dhcp'], 'relayAddresses'],
    [['ramp', 0], 'duration'],
    [['timing', 'power'], 'sd'],
    [['lab', 'faults', 3], 'probability'],
    [['lab', 'faults', 3, 'kind'], 'wrong-tid'],
    [['phones', 'models'], '7961G-GE'],
    [['skip', 0], 'image'],
    [['target', 'dhcp'], 'static'],
  ])('at %j knows %s', (path, name) => {
    expect(knownNamesAt(path)).toContain(name);
  });

  it('knows nothing where anything goes', () => {
    expect(knownNamesAt(['target', 'dns', 'hosts'])).toEqual([]);
    expect(knownNamesAt(['no', 'such', 'place'])).toEqual([]);
  });
});
