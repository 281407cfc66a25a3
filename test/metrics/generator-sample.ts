import type { GeneratorSample } from '../../src/metrics/shard-snapshot.ts';

export const GENERATOR: GeneratorSample = {
  agent: 'a',
  atMs: 12_000,
  cpuSeconds: 2,
  rssBytes: 100,
  armedRssBytes: 40,
  peakRssBytes: 120,
  openSockets: 3,
  openDescriptors: 5,
  peakDescriptors: 6,
  descriptorLimit: 1024,
  datagramsSent: 4,
  datagramsReceived: 5,
  relayedReplies: 4,
  droppedDatagrams: 1,
  network: 'here net',
  networkDrops: 2,
  tlsContextsBuilt: 7,
  tlsContextsEvicted: 2,
};
