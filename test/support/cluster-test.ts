import { test } from 'vitest';
import { Cluster } from './cluster.ts';

/** A test with a cluster of its own, which is gone when the test is over. */
export const clusterTest = test.extend<{ cluster: Cluster }>({
  cluster: async ({ onTestFinished }, use) => {
    const cluster = new Cluster();
    onTestFinished(() => cluster.end());
    await use(cluster);
  },
});
