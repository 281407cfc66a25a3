import { test, vi } from 'vitest';
import { Cluster } from './cluster.ts';

// A dozen processes for each test, several tests at a time, on a machine that may be busy with something else.
vi.setConfig({ testTimeout: 240_000 });

/** A test with a cluster of its own, which is gone when the test is over. */
export const clusterTest = test.extend<{ cluster: Cluster }>({
  cluster: async ({ onTestFinished }, use) => {
    const cluster = new Cluster();
    onTestFinished(() => cluster.end());
    await use(cluster);
  },
});
