import type { RunFacts } from '../../src/metrics/run-facts.ts';

export const FACTS: RunFacts = {
  id: 'run-1',
  name: 'test',
  seed: 1,
  version: '0.1.0',
  node: 'v20.20.2',
  startedUtc: '2026-01-02T03:04:05.000Z',
  agents: 2,
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
