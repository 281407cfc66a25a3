/** Files of agents that nobody collected, from the command line to report and exit code. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../../src/cli/exit-codes.ts';
import { toolVersion } from '../../../src/cli/version.ts';
import { renderAgentResult } from '../../../src/engine/agent-result.ts';
import { renderJunit } from '../../../src/report/junit.ts';
import { summarySchema } from '../../../src/report/summary-schema.ts';
import { renderReport } from '../../../src/report/text.ts';
import { fullSummary } from '../../report/html/full-summary.ts';
import { type FileOptions, grantOf, PLAN, resultFile } from '../../support/agent-results.ts';
import { ledgerSum, runCommand } from '../../support/bootstorm-command.ts';
import { readPhones, statesOf } from '../../support/phones-table.ts';

function textOf(name: string, options: FileOptions): string {
  const { format: _, ...result } = resultFile(name, options).result;
  return renderAgentResult({ ...result, version: toolVersion() });
}

const A = textOf('a', {
  results: [grantOf(0), grantOf(1)],
  steers: [
    { fromSecond: 2, slope: 0 },
    { fromSecond: 5, slope: 1 },
  ],
});
const B = textOf('b', { results: [grantOf(2)] });

describe('bootstorm report', () => {
  it('makes the report of a run, with its verdict and exit code', async () => {
    const files = { 'a.json': A, 'b.json': B };
    const ended = await runCommand(['report', 'a.json', 'b.json', '--output', 'merged'], { files });
    expect(ended.stderr).toBe('');
    expect(ended.code).toBe(EXIT_CODES.thresholdsMissed.code);
    const file = (name: string): string => readFileSync(join(ended.folder, 'merged', name), 'utf8');
    const summary = summarySchema.parse(JSON.parse(file('summary.json')));
    expect(ledgerSum(summary)).toBe(12);
    expect(summary.phones).toMatchObject({ asked: 12, ready: 6, trying: 3, lostWithAgent: 3 });
    expect(summary.agents.map(({ name, shards, phones }) => ({ name, shards, phones }))).toEqual([
      { name: 'a', shards: [0, 1], phones: 6 },
      { name: 'b', shards: [2], phones: 3 },
    ]);
    expect(summary.startSkew.clockErrorMs).toBe(0.4);
    expect(summary.events.map(({ what }) => what)).toEqual([
      'first-start: 12 phones get power',
      'schedule paused',
      'schedule at real time',
    ]);
    const { table, ledger } = statesOf(readPhones(join(ended.folder, 'merged')), summary);
    expect(table).toEqual(ledger);
    expect(ended.stdout.trimStart()).toBe(file('report.txt'));
    expect(ended.stdout).toContain('in no file, and lost with their 3 phones: shards 3');
  });

  it('passes where every phone came into service', async () => {
    const results = [0, 1, 2, 3].map((shard) => grantOf(shard, { healthy: true }));
    const files = { 'all.json': textOf('a', { results }) };
    const ended = await runCommand(['report', 'all.json', '--json', 'out.json'], { files });
    expect(ended.code).toBe(EXIT_CODES.ok.code);
    expect(existsSync(join(ended.folder, 'out.json'))).toBe(true);
    expect(existsSync(join(ended.folder, 'bootstorm-results'))).toBe(false);
  });

  it('compares two summaries, and shows one again', async () => {
    const a = fullSummary();
    const files = {
      'before.json': JSON.stringify(a),
      'after.json': JSON.stringify({ ...a, run: { ...a.run, id: 'run-2', seed: 7 } }),
    };
    const [compared, again] = await Promise.all([
      runCommand(['report', 'before.json', 'after.json', '--output', 'compared'], { files }),
      runCommand(['report', 'before.json', '--junit', 'run.xml'], { files }),
    ]);
    expect(compared.code).toBe(EXIT_CODES.ok.code);
    expect(compared.stdout).toContain('seeds differ: A has 1, B has 7');
    const written = (name: string): string => readFileSync(join(compared.folder, 'compared', name), 'utf8');
    expect(written('comparison.txt')).toBe(compared.stdout);
    expect(written('comparison.html')).toContain('Two storms compared: first-run');
    expect(again.code).toBe(EXIT_CODES.thresholdsMissed.code);
    expect(again.stdout.trim()).toBe(renderReport(a, { summaryPath: null }).trim());
    expect(readFileSync(join(again.folder, 'run.xml'), 'utf8')).toBe(renderJunit(a));
  });

  it('does not take summaries and results of agents together, three summaries, or one of another version', async () => {
    const summary = JSON.stringify(fullSummary());
    const files = {
      'a.json': A,
      's.json': summary,
      't.json': summary,
      'old.json': '{ "run": {}, "verdict": {} }',
    };
    const ended = await Promise.all(
      [
        ['s.json', 'a.json'],
        ['s.json', 't.json', 's.json'],
        ['s.json', 'old.json'],
        ['s.json', 'gone.json'],
        ['s.json', 't.json', '--json', 'x.json'],
      ].map((args) => runCommand(['report', ...args, '--output', 'out'], { files })),
    );
    const said = [
      's.json and a.json',
      'a comparison is of two',
      'old.json is not a summary',
      'gone.json',
      '--json',
    ];
    for (const [i, { code, stderr, stdout, folder }] of ended.entries()) {
      expect(code).toBe(EXIT_CODES.invalidConfiguration.code);
      expect(stderr).toContain(said[i]);
      expect(stderr).toContain('bootstorm: ');
      expect(stdout).toBe('');
      expect(existsSync(join(folder, 'out'))).toBe(false);
    }
  });

  it('says everything that is wrong with its files, and writes nothing', async () => {
    const files = {
      'a.json': A,
      'cut.json': B.slice(0, -40),
      'summary.json': '{ "run": {} }',
      'old.json': B.replace(`"version":"${toolVersion()}"`, '"version":"0.0.9"'),
      'twin.json': textOf('c', { results: [grantOf(1)] }),
      'other.json': textOf('d', { run: 'run-2' }),
      'planned.json': textOf('e', { plan: { ...PLAN, seed: 5 } }),
    };
    const [unreadable, apart] = await Promise.all([
      runCommand(['report', 'a.json', 'cut.json', 'gone.json', 'summary.json', 'old.json'], { files }),
      runCommand(['report', 'a.json', 'twin.json', 'other.json', 'planned.json', '--output', 'merged'], {
        files,
      }),
    ]);
    for (const { code, stdout } of [unreadable, apart]) {
      expect(code).toBe(EXIT_CODES.invalidConfiguration.code);
      expect(stdout).toBe('');
    }
    for (const file of ['cut.json', 'gone.json', 'summary.json', 'old.json'])
      expect(unreadable.stderr).toContain(file);
    expect(apart.stderr.split('\n').slice(1, 4)).toEqual([
      '  twin.json: has shard 1 in epoch 1, as a.json has',
      '  other.json: is of run run-2, a.json of run run-1',
      '  planned.json: has another plan than a.json',
    ]);
    expect(existsSync(join(apart.folder, 'merged'))).toBe(false);
  });
});
