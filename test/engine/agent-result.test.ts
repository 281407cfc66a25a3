import { describe, expect, it } from 'vitest';
import { type AgentResult, parseAgentResult, renderAgentResult } from '../../src/engine/agent-result.ts';
import { compilePlan } from '../../src/scenario/compile.ts';
import { loadScenario } from '../../src/scenario/load.ts';
import { thrownBy } from '../support/thrown.ts';

const VERSION = '1.2.3';

function written(): Omit<AgentResult, 'format'> {
  return {
    version: VERSION,
    node: 'v20.20.2',
    run: 'monday',
    agent: { name: 'a', index: 0, host: 'host', state: 'finished' },
    clock: { errorMs: 0.1, driftMs: null },
    plan: compilePlan(loadScenario({ file: 'power-outage' })),
    shards: 2,
    startUtc: '2026-11-25T21:00:00.123Z',
    steers: [{ fromSecond: 3, slope: 0 }],
    stop: { kind: 'drain', atSecond: 9.5 },
    results: [
      { shard: 1, epoch: 1, snapshot: null, rows: [], fencedAfterMs: null, failure: 'no such address' },
    ],
  };
}

describe('the result file of an agent', () => {
  it('is read as it was written, with the whole plan', () => {
    const result = written();
    const { format: _, ...read } = parseAgentResult(renderAgentResult(result), 'a.json', VERSION);
    expect(read).toEqual(result);
  });

  it.each([
    ['something else', '{"plan":1}', /is not the result of an agent/],
    ['no JSON', 'hello', /is not the result of an agent/],
    [
      'another version',
      renderAgentResult({ ...written(), version: '0.9.0' }),
      /written by bootstorm 0\.9\.0/,
    ],
    ['damage', renderAgentResult({ ...written(), startUtc: 'noon' }), /is damaged: startUtc/],
  ])('is refused for %s', (_, text, message) => {
    const error = thrownBy(() => parseAgentResult(text, 'a.json', VERSION));
    expect(error).toMatchObject({
      code: 'file-unreadable',
      message: expect.stringMatching(message) as string,
    });
  });
});
