/** The commands that print what the program knows of itself: each derives from the table that the program uses. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { EXIT_CODES } from '../../../src/cli/exit-codes.ts';
import { scenarioJsonSchema } from '../../../src/scenario/json-schema.ts';
import { scenarioKeysMarkdown } from '../../../src/scenario/key-table.ts';
import { optionFlags, optionVariable } from '../../../src/scenario/flag-shape.ts';
import { SCENARIO_OPTIONS } from '../../../src/scenario/options.ts';
import { summaryJsonSchema } from '../../../src/report/summary-schema.ts';
import { runCommand } from '../../support/bootstorm-command.ts';

function published(schema: string): unknown {
  return JSON.parse(
    readFileSync(new URL(`../../../src/schema/${schema}.schema.json`, import.meta.url), 'utf8'),
  );
}

describe('reference commands', () => {
  it('list the shipped scenarios, and print one', async () => {
    const [list, one, none] = await Promise.all([
      runCommand(['scenarios']),
      runCommand(['scenarios', 'first-run']),
      runCommand(['scenarios', 'frist-run']),
    ]);
    expect(list.stdout).toMatch(/^power-outage +The power of a whole building fails/m);
    expect(list.stdout).toMatch(/^(.{1,80}\n)+$/);
    expect(one.stdout).toMatch(/^# yaml-language-server: \$schema=scenario\.schema\.json\n/);
    expect(parse(one.stdout)).toMatchObject({ name: 'first-run', phones: { generate: { count: 1000 } } });
    expect(none.code).toBe(EXIT_CODES.invalidConfiguration.code);
    expect(none.stderr).toMatch(/no scenario frist-run; did you mean "first-run"\?\nhint: /);
  });

  it('print the schemas that are published', async () => {
    const [scenario, summary, none] = await Promise.all([
      runCommand(['schema', 'scenario']),
      runCommand(['schema', 'summary']),
      runCommand(['schema', 'nothing']),
    ]);
    expect(JSON.parse(scenario.stdout)).toEqual(scenarioJsonSchema());
    expect(JSON.parse(scenario.stdout)).toEqual(published('scenario'));
    expect(JSON.parse(summary.stdout)).toEqual(summaryJsonSchema());
    expect(JSON.parse(summary.stdout)).toEqual(published('summary'));
    expect(none.code).toBe(EXIT_CODES.invalidConfiguration.code);
  });

  it('print every key and every exit code', async () => {
    const [keys, codes] = await Promise.all([runCommand(['keys']), runCommand(['exit-codes'])]);
    expect(keys.stdout).toBe(scenarioKeysMarkdown());
    const lines = codes.stdout
      .trimEnd()
      .split('\n')
      .map((line) => [Number(line.slice(0, 3)), line.slice(5)]);
    expect(lines).toEqual(Object.values(EXIT_CODES).map(({ code, meaning }) => [code, meaning]));
  });

  it('name every flag with its variable in the help of run', async () => {
    const { code, stdout } = await runCommand(['run', '--help']);
    expect(code).toBe(0);
    const help = stdout.replaceAll(/\s+/g, ' ');
    for (const option of SCENARIO_OPTIONS) {
      expect(help).toContain(optionFlags(option));
      expect(help).toContain(`[${optionVariable(option)}]`);
    }
  });
});
