/** The checks of the whole tree, as tests: one command and one count for everything. */
import { expect, test } from 'vitest';
import { runTool } from './run-tool.ts';

const CHECKS = [
  {
    name: 'oxlint finds nothing',
    tool: 'oxlint',
    args: ['--type-aware', '--threads', '1', '--format', 'unix'],
  },
  {
    name: 'the types of everything fit, tests included',
    tool: 'tsc',
    args: ['--noEmit', '--singleThreaded'],
  },
  { name: 'everything is formatted', tool: 'biome', args: ['format', '--max-diagnostics=none', '.'] },
  {
    name: 'nothing is exported, installed or written that nobody uses',
    tool: 'knip',
    args: ['--no-progress'],
  },
];

test.each(CHECKS)('$name', async ({ tool, args }) => {
  const { status, stdout, stderr } = await runTool(tool, args);
  expect(status, `${tool} ${args.join(' ')}\n${stdout}${stderr}`).toBe(0);
});
