/** The dashboards by name; links and bookmarks have their uids, which never change. */
import type { DashboardFacts } from './board.ts';

export const STORM_FACTS: DashboardFacts = {
  uid: 'bootstorm-storm',
  title: 'Bootstorm / Storm',
  description: 'When the building is back, which stage was the bottleneck, and what failed.',
};

export const CLUSTER_FACTS: DashboardFacts = {
  uid: 'bootstorm-cluster',
  title: 'Bootstorm / Cluster',
  description: 'What phones saw of each CallManager and of each TFTP, DHCP, DNS, CAPF and TVS server.',
};

export const GENERATOR_FACTS: DashboardFacts = {
  uid: 'bootstorm-generator',
  title: 'Bootstorm / Generator',
  description: 'Whether the load generator measured the cluster, or itself.',
};

export const ALL_FACTS: readonly DashboardFacts[] = [STORM_FACTS, CLUSTER_FACTS, GENERATOR_FACTS];
