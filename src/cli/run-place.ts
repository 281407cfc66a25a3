/** Where a run is coordinated, as flags and variables say. */
import { BootstormError } from '../errors.ts';
import { redisAddressFlaw } from '../redis/address.ts';
import type { RunPlan } from '../scenario/plan.ts';
import type { Problem } from '../scenario/problems.ts';
import { clusterSetting } from './cluster-options.ts';
import { isRunId, newRunId, RUN_ID_EXPECTED } from './run-id.ts';

export interface RunPlaceChoice {
  /** URL; null: a run on this machine alone. */
  readonly redis: string | null;
  readonly id: string;
  readonly problems: readonly Problem[];
}

export function runPlaceOf(
  flags: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): RunPlaceChoice {
  const redis = clusterSetting('redis', flags, environment);
  const named = clusterSetting('run-id', flags, environment);
  const problems: Problem[] = [];
  const add = (origin: string, message: string): void => void problems.push({ path: [], origin, message });
  const flaw = redis === null ? null : redisAddressFlaw(redis);
  if (flaw !== null) add('--redis', flaw);
  if (named !== null && redis === null) {
    add('--run-id', 'names a run in Redis: say --redis URL, or leave it out');
  } else if (named !== null && !isRunId(named)) {
    add(`--run-id ${JSON.stringify(named)}`, RUN_ID_EXPECTED);
  }
  return { redis, id: named ?? newRunId(), problems };
}

/** Throws `invalid-scenario`: how many machines there will be, nobody can guess. */
export function wantedAgents({ workers }: Pick<RunPlan, 'workers'>): number {
  if (workers.agents !== 'auto') return workers.agents;
  throw new BootstormError(
    'invalid-scenario',
    'workers.agents: with --redis the number of agents has to be named',
    { hint: 'say --agents N, and start `bootstorm agent --redis URL` N times' },
  );
}
