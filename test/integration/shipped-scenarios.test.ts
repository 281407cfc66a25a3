/** Every scenario that comes with the package, run by its name on the lab, with fewer phones than it has. */
import { beforeAll, describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { compilePlan } from '../../src/scenario/compile.ts';
import { findScenario, loadScenario, shippedScenarioNames } from '../../src/scenario/load.ts';
import { endOfStorm, type FinishedStorm, ledgerSum, startCommand } from '../support/bootstorm-command.ts';

const PHONES = 40;
const LIMIT_MS = 150_000;
const names = shippedScenarioNames();

/** All at the same time: each is mostly waiting. */
let storms: ReadonlyMap<string, FinishedStorm>;

beforeAll(async () => {
  const run = (name: string): Promise<FinishedStorm> => {
    const args = ['run', name, '--phones', String(PHONES), '--quiet', '--json', 'summary.json'];
    return endOfStorm(startCommand(args, { timeoutMs: LIMIT_MS }));
  };
  storms = new Map(await Promise.all(names.map(async (name) => [name, await run(name)] as const)));
}, LIMIT_MS);

describe('a shipped scenario', () => {
  it.each(names)('%s: all that it expects of itself is so', (name) => {
    const storm = storms.get(name);
    expect(storm?.summary.verdict).toMatchObject({ result: 'pass' });
    expect(storm?.summary.thresholds.filter(({ holds }) => !holds)).toEqual([]);
    expect(storm?.code).toBe(EXIT_CODES.ok.code);
    expect(storm && ledgerSum(storm.summary)).toBe(PHONES);
  });

  it.each(names)(
    '%s: what its schedule says was done to the lab, and is in the log and the report',
    (name) => {
      const { target } = compilePlan(loadScenario({ file: findScenario(name) }));
      const events = target.type === 'lab' ? target.settings.events.length : 0;
      const storm = storms.get(name);
      expect(storm?.log.filter(({ type }) => type === 'labEvent')).toHaveLength(events);
      expect(storm?.summary.lab?.events).toHaveLength(events);
    },
  );
});
