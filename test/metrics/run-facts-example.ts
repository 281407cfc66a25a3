import type { AgentFacts } from '../../src/metrics/agent-facts.ts';
import type { RunFacts } from '../../src/metrics/run-facts.ts';
import type { RunProgress } from '../../src/metrics/run-progress.ts';

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
  lostSnapshots: 0,
  warnings: [],
};

/** A run in which power fails once. */
export const OUTAGE_FACTS: RunFacts = {
  ...FACTS,
  waves: [...FACTS.waves, { name: 'power-return', startSeconds: 30, phones: 2 }],
};

/** In the middle of a run, with a pause of ten seconds behind it. */
export const PROGRESS: RunProgress = {
  phase: 'ramping',
  elapsedSeconds: 30.5,
  slope: 1,
  marks: [
    { type: 'start', utc: '2026-01-02T03:04:05.000Z', second: 0, what: 'armed' },
    { type: 'steer', utc: '2026-01-02T03:04:15.000Z', second: 10, what: 'schedule paused' },
    { type: 'wave', utc: '2026-01-02T03:04:20.000Z', second: 15, what: 'first-start: 3 phones' },
    { type: 'steer', utc: '2026-01-02T03:04:25.000Z', second: 20, what: 'schedule at real time' },
  ],
  thresholds: [
    { text: 'ready == 100%', found: '50 %', holds: false },
    { text: 'dropped == 0', found: '0', holds: true },
  ],
  verdict: null,
  troubles: [],
};
