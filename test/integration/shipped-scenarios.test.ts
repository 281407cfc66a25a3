/** Every scenario that comes with the package, run by its name on the lab, with fewer phones than it has. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { compilePlan } from '../../src/scenario/compile.ts';
import { findScenario, loadScenario, shippedScenarioNames } from '../../src/scenario/load.ts';
import { endOfStorm, type FinishedStorm, ledgerSum, startCommand } from '../support/bootstorm-command.ts';
import { createNamespace, type Namespace } from '../support/interop/namespace.ts';

const PHONES = 40;
const LIMIT_MS = 150_000;
const names = shippedScenarioNames();
const namespaces: Namespace[] = [];

/** All at the same time: each is mostly waiting. */
let storms: ReadonlyMap<string, FinishedStorm>;

beforeAll(async () => {
  const run = async (name: string): Promise<FinishedStorm> => {
    const { cuts } = compilePlan(loadScenario({ file: findScenario(name) }));
    const under = cuts.length === 0 ? [] : await ownNetwork();
    const args = ['run', name, '--phones', String(PHONES), '--quiet', '--json', 'summary.json'];
    return endOfStorm(startCommand(args, { timeoutMs: LIMIT_MS, under }));
  };
  storms = new Map(await Promise.all(names.map(async (name) => [name, await run(name)] as const)));
}, LIMIT_MS);

afterAll(() => Promise.all(namespaces.map((namespace) => namespace.remove())));

/** Where phones lose power the routing table changes: not this machine's, and not that of another scenario. */
async function ownNetwork(): Promise<readonly string[]> {
  const namespace = await createNamespace();
  namespaces.push(namespace);
  return namespace.command(['env']);
}

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
