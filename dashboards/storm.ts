/** *Storm*: is the building back, what was the bottleneck, what failed. */
import { dashboard, type DashboardModel, datasourceVariable, labelVariable, runVariable } from './board.ts';
import { ALL_FACTS, STORM_FACTS } from './facts.ts';
import { stormFailures, stormSecurity, stormSites } from './storm-failures.ts';
import { stormLatency } from './storm-latency.ts';
import { stormRecovery } from './storm-recovery.ts';
import { stormRun } from './storm-run.ts';
import { stormStages } from './storm-stages.ts';

export function stormDashboard(): DashboardModel {
  return dashboard(
    STORM_FACTS,
    ALL_FACTS,
    [
      datasourceVariable(),
      runVariable(),
      labelVariable(
        'site',
        'site_phones',
        'Sites of the inventory; only the section Sites and models knows them apart',
      ),
      labelVariable(
        'model',
        'site_phones',
        'Models of phones; only the section Sites and models knows them apart',
      ),
    ],
    [
      stormRecovery(),
      stormStages(),
      stormLatency(),
      stormFailures(),
      stormSecurity(),
      stormSites(),
      stormRun(),
    ],
  );
}
