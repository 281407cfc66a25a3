import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { summaryJsonSchema } from '../../report/summary-schema.ts';
import { scenarioJsonSchema } from '../../scenario/json-schema.ts';
import { scenarioKeysMarkdown } from '../../scenario/key-table.ts';
import { findScenario, shippedScenarioNames } from '../../scenario/load.ts';
import { wrap } from '../../scenario/plain-text.ts';
import { forCopying, purposeOf } from '../../scenario/shipped-purpose.ts';
import { EXIT_CODES } from '../exit-codes.ts';

const LIST_WIDTH = 80;

const SCHEMAS = { scenario: scenarioJsonSchema, summary: summaryJsonSchema } as const;

/** Commands that print what the code knows of itself. */
export function addReferenceCommands(program: Command): void {
  program
    .command('scenarios')
    .description('list the shipped scenarios, or print one to start your own from')
    .argument('[name]', 'the scenario to print')
    .action((name: string | undefined) => {
      const text = name === undefined ? scenarioList() : forCopying(readScenario(name));
      process.stdout.write(`${text.trimEnd()}\n`);
    });
  program
    .command('schema')
    .description('print the JSON Schema of scenario files (for editors) or of the summary')
    .argument('<what>', 'scenario or summary')
    .action((what: string) => {
      if (!(what in SCHEMAS)) program.error(`no schema of ${what}: choose scenario or summary`);
      const schema = SCHEMAS[what as keyof typeof SCHEMAS]();
      process.stdout.write(`${JSON.stringify(schema, null, 2)}\n`);
    });
  program
    .command('keys')
    .description('print every scenario key with its type, default and meaning (Markdown)')
    .action(() => {
      process.stdout.write(scenarioKeysMarkdown());
    });
  program
    .command('exit-codes')
    .description('print every exit code and its meaning')
    .action(() => {
      for (const { code, meaning } of Object.values(EXIT_CODES)) {
        process.stdout.write(`${String(code).padStart(3)}  ${meaning}\n`);
      }
    });
}

/** Names, with the first sentence of each file below the name's end. */
function scenarioList(): string {
  const names = shippedScenarioNames();
  const indent = Math.max(...names.map((name) => name.length)) + 2;
  return names
    .flatMap((name) =>
      wrap(purposeOf(readScenario(name)), LIST_WIDTH, ' '.repeat(indent), name.padEnd(indent)),
    )
    .join('\n');
}

function readScenario(name: string): string {
  return readFileSync(findScenario(name), 'utf8');
}
