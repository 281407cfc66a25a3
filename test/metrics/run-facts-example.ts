import type { AgentFacts } from '../../src/metrics/agent-facts.ts';
import type { RunFacts } from '../../src/metrics/run-facts.ts';

export function agentOf(index: number, differs: Partial<AgentFacts> = {}): AgentFacts {
  return {
    name: `agent-${index}`,
    host: 'here',
    state: 'finished',
    shards: [index],
    phones: 600,
    clockErrorMs: 0,
    clockDriftMs: 0,
    firstStartLateMs: 0.5 + index / 4,
    trouble: null,
    ...differs,
  };
}

export const FACTS: RunFacts = {
  id: 'run-1',
  name: 'test',
  seed: 1,
  version: '0.1.0',
  node: 'v20.20.2',
  startedUtc: '2026-01-02T03:04:05.000Z',
  agents: [agentOf(0), agentOf(1)],
  labLimits: null,
  compression: 1,
  handshakeCpu: null,
  waves: [{ name: 'first-start', startSeconds: 0, phones: 3 }],
  warnings: [],
};

/** A run in which power fails once. */
export const OUTAGE_FACTS: RunFacts = {
  ...FACTS,
  waves: [...FACTS.waves, { name: 'power-return', startSeconds: 30, phones: 2 }],
};
