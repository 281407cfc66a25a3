import { describe, expect, it } from 'vitest';
import type { AgentFacts } from '../../src/metrics/agent-facts.ts';
import { buildSummary } from '../../src/report/summary.ts';
import { renderReport } from '../../src/report/text.ts';
import { agentOf, FACTS } from '../metrics/run-facts-example.ts';
import { healthyRun } from './example-run.ts';

function sectionOf(agents: readonly AgentFacts[]): string {
  const summary = buildSummary(
    healthyRun(),
    { ...FACTS, agents },
    { durationSeconds: 60, abortReason: null },
  );
  const text = renderReport(summary, { summaryPath: null });
  const from = text.indexOf('Agents\n');
  return text.slice(from, text.indexOf('The generator', from));
}

describe('the agents in the report', () => {
  it('are one line and the skew on one machine', () => {
    expect(sectionOf([agentOf(0)])).toMatchInlineSnapshot(`
      "Agents
        agent    host  state     shards  phones  first start late
        agent-0  here  finished       1     600           0.50 ms
        skew of the first start between agents: 0 ms, on one clock

      "
    `);
  });

  it('show their clocks where they have some, and what happened to them', () => {
    const agents = [
      agentOf(0, { host: 'node-a', clockErrorMs: 0.31, clockDriftMs: -0.02 }),
      agentOf(1, {
        host: 'node-b',
        state: 'lost',
        clockErrorMs: 0.18,
        clockDriftMs: null,
        firstStartLateMs: 2.5,
        trouble: 'agent agent-1 was not heard of for 10 s',
      }),
      agentOf(2, { state: 'ready', firstStartLateMs: null, clockErrorMs: 0.1 }),
    ];
    expect(sectionOf(agents)).toMatchInlineSnapshot(`
      "Agents
        agent    host    state     shards  phones  first start late  clock within  drift since
        agent-0  node-a  finished       1     600           0.50 ms       0.31 ms     -0.02 ms
        agent-1  node-b  lost           1     600           2.50 ms       0.18 ms            -
        agent-2  here    ready          1     600                 -       0.10 ms         0 ms
        agent agent-1 was not heard of for 10 s
        skew of the first start between agents: 2.00 ms, on clocks that are known to 0.49 ms

      "
    `);
  });

  it('are the worst ones and a sum where they are many', () => {
    const agents = Array.from({ length: 100 }, (_, index) =>
      agentOf(index, {
        ...(index % 40 === 13 ? { state: 'lost', trouble: 'gone' } : {}),
        ...(index === 50 ? { state: 'fenced', trouble: 'was asleep for 20.0 s' } : {}),
        firstStartLateMs: (index * 7) % 100,
      }),
    );
    expect(sectionOf(agents)).toMatchInlineSnapshot(`
      "Agents
        agent     host  state     shards  phones  first start late
        agent-13  here  lost           1     600           91.0 ms
        agent-53  here  lost           1     600           71.0 ms
        agent-93  here  lost           1     600           51.0 ms
        agent-50  here  fenced         1     600           50.0 ms
        agent-57  here  finished       1     600           99.0 ms
        agent-14  here  finished       1     600           98.0 ms
        agent-71  here  finished       1     600           97.0 ms
        agent-28  here  finished       1     600           96.0 ms
        and 92 more: 92 finished; 55,200 phones, first start late by 95.0 ms at most
        agent-13: gone
        agent-53: gone
        agent-93: gone
        agent-50: was asleep for 20.0 s
        skew of the first start between agents: 99.0 ms, on one clock

      "
    `);
  });
});
