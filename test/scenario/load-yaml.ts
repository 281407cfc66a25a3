import { join } from 'node:path';
import { compilePlan, type PlanEnvironment } from '../../src/scenario/compile.ts';
import { loadScenario } from '../../src/scenario/load.ts';
import type { RunPlan } from '../../src/scenario/plan.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** The plan of a scenario that is written down in a test, with an inventory in `phones.csv` if there is one. */
export function planOf(yaml: string, inventory?: string, environment?: PlanEnvironment): RunPlan {
  const files = { 'storm.yaml': yaml, ...(inventory === undefined ? {} : { 'phones.csv': inventory }) };
  return compilePlan(loadScenario({ file: join(temporaryFolder(files), 'storm.yaml') }), environment);
}
