import type { GeneratorSample } from '../../src/metrics/shard-snapshot.ts';

export const GENERATOR: GeneratorSample = {
  agent: 'a',
  cpuSeconds: 2,
  rssBytes: 100,
  armedRssBytes: 40,
  peakRssBytes: 120,
  openSockets: 3,
  datagramsSent: 4,
  datagramsReceived: 5,
  tlsContextsBuilt: 7,
  tlsContextsEvicted: 2,
};
