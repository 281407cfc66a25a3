/** Every scenario that comes with the package, run by its name on the lab, with fewer phones than it has. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { compilePlan } from '../../src/scenario/compile.ts';
import { findScenario, loadScenario, shippedScenarioNames } from '../../src/scenario/load.ts';
import { endOfStorm, type FinishedStorm, ledgerSum, startCommand } from '../support/bootstorm-command.ts';
import { createNamespace, type Namespace } from '../support/interop/namespace.ts';

const PHONES = 20;
/** Phones on two switches, or on two floors: where there is one only, nothing comes back in turn. */
const MORE_PHONES: Readonly<Record<string, number>> = { 'floor-by-floor': 30, 'power-outage': 30 };
const phonesOf = (name: string): number => MORE_PHONES[name] ?? PHONES;
const LIMIT_MS = 280_000;
const names = shippedScenarioNames();
/** What takes minutes because it is meant to, and is shorter here: keys by scenario. */
const SHORTENED: Readonly<
  Record<string, readonly (readonly [path: readonly (string | number)[], value: string | number])[]>
> = {
  'tftp-outage': [
    [['lab', 'faults', 0, 'toSeconds'], 20],
    [['target', 'tftp', 'timeoutSeconds'], '1s'],
    [['phones', 'restartPause'], '1s..3s'],
  ],
};
const namespaces: Namespace[] = [];

/** All at the same time: each is mostly waiting. */
let storms: ReadonlyMap<string, FinishedStorm>;

beforeAll(async () => {
  const run = async (name: string): Promise<FinishedStorm> => {
    const { cuts } = compilePlan(loadScenario({ file: findScenario(name) }));
    const under = cuts.length === 0 ? [] : await ownNetwork();
    const short = shortened(name);
    const file = short === null ? name : `${name}.yaml`;
    const files: Record<string, string> = short === null ? {} : { [file]: short };
    const args = ['run', file, '--phones', String(phonesOf(name)), '--quiet', '--json', 'summary.json'];
    return endOfStorm(startCommand(args, { timeoutMs: LIMIT_MS, under, files }));
  };
  storms = new Map(await Promise.all(names.map(async (name) => [name, await run(name)] as const)));
}, LIMIT_MS);

afterAll(() => Promise.all(namespaces.map((namespace) => namespace.remove())));

/** A copy of the file with shorter times; null: it is short as it is. */
function shortened(name: string): string | null {
  const keys = SHORTENED[name];
  if (keys === undefined) return null;
  const document = parseDocument(readFileSync(findScenario(name), 'utf8'));
  for (const [path, value] of keys) document.setIn(path, value);
  return document.toString();
}

/** Where phones lose power the routing table changes: not this machine's, and not that of another scenario. */
async function ownNetwork(): Promise<readonly string[]> {
  const namespace = await createNamespace();
  namespaces.push(namespace);
  return namespace.command(['env']);
}

describe('a shipped scenario', () => {
  it.each(names)('%s: all that it expects of itself is so', (name) => {
    const storm = storms.get(name);
    const { result, reasons = [] } = storm?.summary.verdict ?? {};
    expect(result, reasons.join('\n')).toBe('pass');
    expect(storm?.summary.thresholds.filter(({ holds }) => !holds)).toEqual([]);
    expect(storm?.code).toBe(EXIT_CODES.ok.code);
    expect(storm && ledgerSum(storm.summary)).toBe(phonesOf(name));
  });

  it.each(names)(
    '%s: what its schedule says was done to the lab, and is in the log and the report',
    (name) => {
      const { target } = compilePlan(loadScenario({ file: findScenario(name) }));
      if (target.type !== 'lab') throw new Error('not on the lab');
      // Faults are noted when they begin and when they end.
      const turns = target.settings.faults.flatMap(({ from, toSeconds }) =>
        from === 'lab' ? [] : toSeconds === undefined ? ['begins'] : ['begins', 'ends'],
      );
      const events = target.settings.events.length + turns.length;
      const storm = storms.get(name);
      expect(storm?.log.filter(({ type }) => type === 'labEvent')).toHaveLength(events);
      expect(storm?.summary.lab?.events).toHaveLength(events);
    },
  );
});
