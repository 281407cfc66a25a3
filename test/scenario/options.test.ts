import { describe, expect, it } from 'vitest';
import { scenarioKeys } from '../../src/scenario/key-table.ts';
import { optionAttribute, optionFlags, optionVariable } from '../../src/scenario/flag-shape.ts';
import { SCENARIO_OPTIONS } from '../../src/scenario/options.ts';

function option(name: string): (typeof SCENARIO_OPTIONS)[number] {
  const found = SCENARIO_OPTIONS.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no option ${name}`);
  return found;
}

describe('the options', () => {
  it('each set a key that there is, and have a name of their own', () => {
    const paths = new Set(scenarioKeys().map(({ path }) => path));
    for (const { path } of SCENARIO_OPTIONS) expect(paths).toContain(path.join('.'));
    expect(new Set(SCENARIO_OPTIONS.map(({ name }) => name)).size).toBe(SCENARIO_OPTIONS.length);
  });

  it('derive flag, variable and attribute from one name', () => {
    expect(optionFlags(option('max-duration'))).toBe('--max-duration <duration>');
    expect(optionFlags(option('quiet'))).toBe('--quiet');
    expect(optionVariable(option('max-duration'))).toBe('BOOTSTORM_MAX_DURATION');
    expect(optionAttribute(option('max-duration'))).toBe('maxDuration');
  });

  it.each([
    ['phones', '500', 500],
    ['phones', 'many', 'many'],
    ['agents', 'auto', 'auto'],
    ['known-phones', '95%', '95%'],
    ['skip', 'image, vlan,', ['image', 'vlan']],
    ['quiet', 'yes', true],
    ['quiet', '0', false],
    ['quiet', 'maybe', 'maybe'],
    ['ramp', 'all-at-once', 'all at once'],
    ['ramp', '10s:600,5s', [{ duration: '10s', phones: 600 }, { duration: '5s' }]],
  ])('--%s reads %j', (name, text, expected) => {
    expect(option(name).parse(text)).toEqual(expected);
  });
});
