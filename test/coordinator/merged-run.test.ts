import { describe, expect, it } from 'vitest';
import { mergeResults, type ResultFile } from '../../src/coordinator/merged-run.ts';
import { aggregate } from '../../src/metrics/aggregate.ts';
import type { RunPlan } from '../../src/scenario/plan.ts';
import { thrownBy } from '../support/thrown.ts';
import { type FileOptions, grantOf, PLAN, resultFile, SHARDS } from '../support/agent-results.ts';

function problemsOf(...files: readonly ResultFile[]): string[] {
  const { message } = thrownBy(() => mergeResults(files));
  return message.split('\n').slice(1);
}

function two(second: FileOptions = {}): [ResultFile, ResultFile] {
  const a = resultFile('a', { results: [grantOf(0), grantOf(1)] });
  return [a, resultFile('b', { results: [grantOf(2), grantOf(3)], ...second })];
}

describe('files of all agents', () => {
  it('make the run that their shards make', () => {
    const run = mergeResults(two());
    const grants = [0, 1, 2, 3].map((shard) => grantOf(shard));
    const planned = grants.map(({ shard }) => ({ shard, phones: 3, lostAtSecond: null }));
    const snapshots = grants.flatMap(({ snapshot }) => snapshot ?? []);
    expect(run.state).toEqual(aggregate(planned, snapshots));
    expect(run.state.ledger).toMatchObject({ ready: 8, trying: 4, lostWithAgent: 0 });
    expect(run.agents.map(({ name, shards }) => [name, shards])).toEqual([
      ['a', [0, 1]],
      ['b', [2, 3]],
    ]);
    expect(run.warnings).toHaveLength(1);
  });

  it('take the end from the order to end, else from what was measured last', () => {
    expect(mergeResults(two()).durationSeconds).toBe(60);
    const open = two().map(({ file, result }) => ({ file, result: { ...result, stop: null } }));
    expect(mergeResults(open).durationSeconds).toBeGreaterThan(0);
    expect(mergeResults(open).durationSeconds).toBeLessThan(60);
  });

  it('do not start anybody in a run that was never armed', () => {
    const results = [0, 1, 2, 3].map((shard) => ({ ...grantOf(shard), snapshot: null }));
    const { state } = mergeResults([resultFile('a', { results, startUtc: null, stop: null })]);
    expect(state.ledger).toMatchObject({ notStarted: 12, lostWithAgent: 0 });
  });
});

describe('phones', () => {
  it('of shards that are in no file are lost, and the report says so', () => {
    const run = mergeResults([two()[0]]);
    expect(run.state.ledger).toMatchObject({ lostWithAgent: 6 });
    expect(run.warnings[1]).toBe('in no file, and lost with their 6 phones: shards 2, 3');
  });

  it('of a shard that did not come to its end are lost, and what was measured stays', () => {
    const died = { ...grantOf(3, { closed: false }), failure: 'out of memory' };
    const [a] = two();
    const run = mergeResults([a, resultFile('b', { results: [grantOf(2), died] })]);
    expect(run.state.ledger).toMatchObject({ lostWithAgent: 3 });
    expect(run.state.stages.dhcp.attempts).toBe(mergeResults(two()).state.stages.dhcp.attempts);
    expect(run.troubles.get('b')).toBe('out of memory');
  });

  it('of a shard that was begun anew count once, with the newer grant', () => {
    const fenced = { ...grantOf(2), fencedAfterMs: 20_000 };
    const a = resultFile('a', { results: [grantOf(0), grantOf(1), grantOf(2, { epoch: 2 })] });
    const b = resultFile('b', { state: 'fenced', results: [fenced, grantOf(3)] });
    for (const files of [
      [a, b],
      [b, a],
    ]) {
      const run = mergeResults(files);
      expect(run.state.asked).toBe(12);
      expect(run.state.ledger).toMatchObject({ ready: 8, lostWithAgent: 0 });
      expect(run.agents.find(({ name }) => name === 'b')?.shards).toEqual([3]);
      expect(run.warnings).toContain('shard 2 of b (epoch 1) is left out: it was begun anew elsewhere');
      expect(run.troubles.get('b')).toBe('was asleep for 20.0 s and has closed its connections');
    }
  });
});

describe('files that do not belong together', () => {
  it('are named all at once', () => {
    const [a, b] = two();
    const plan: RunPlan = { ...PLAN, seed: 99 };
    expect(
      problemsOf(
        a,
        b,
        resultFile('c', { run: 'other' }),
        resultFile('d', { plan }),
        resultFile('e', { shards: 5 }),
        resultFile('f', { results: [grantOf(1), { ...grantOf(1), shard: 7 }] }),
        { ...a, file: 'again.json' },
      ),
    ).toEqual([
      '  c.json: is of run other, a.json of run run-1',
      '  d.json: has another plan than a.json',
      `  e.json: has 5 shards, a.json ${SHARDS}`,
      '  f.json: has shard 1 in epoch 1, as a.json has',
      `  f.json: has shard 7 of ${SHARDS}`,
      '  again.json: is of agent a, as a.json is',
    ]);
  });
});
