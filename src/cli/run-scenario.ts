import { startLabFor } from './lab-of-plan.ts';
import { EXIT_CODES, type ExitReason } from './exit-codes.ts';
import { machineCapacity } from './machine.ts';
import { checkWritable } from './output-file.ts';
import { clearStaleRoutes } from './stale-routes.ts';
import { scenarioOf } from './scenario-options.ts';
import { runStorm, type StormOptions } from './storm.ts';
import type { CommandOutput } from './command-output.ts';
import { firstGrant } from '../engine/agent-contract.ts';
import { inspectCertificates } from './certificate-facts.ts';
import { securityPlanWarnings } from '../scenario/describe-security.ts';
import { type Budget, planBudget } from '../scenario/budget.ts';
import { compilePlan } from '../scenario/compile.ts';
import { relayAddressOf, type RunPlan } from '../scenario/plan.ts';
import { LocalFleet } from '../coordinator/local-fleet.ts';
import { EarlySignals } from './early-signals.ts';
import { runPlaceOf, wantedAgents } from './run-place.ts';

/** From the command line to the exit code: the lab that the plan wants, and the storm on this machine or on many. */
export async function runScenario(
  file: string | undefined,
  flags: Record<string, unknown>,
  output: CommandOutput,
): Promise<void> {
  const { redis, id, problems } = runPlaceOf(flags);
  const plan = compilePlan(scenarioOf(file, flags, problems));
  output.speak(plan.output);
  output.outliveReader();
  // Before anything is started; what agents on other machines can carry is not known yet.
  if (redis === null) planBudget(plan, machineCapacity());
  else wantedAgents(plan);
  if (plan.output.json !== null) checkWritable(plan.output.json, '--json');
  if (plan.output.junit !== null) checkWritable(plan.output.junit, '--junit');
  if (plan.output.phonesCsv !== null) checkWritable(plan.output.phonesCsv, '--phones-csv');
  const early = new EarlySignals();
  const inspected = await inspectCertificates(plan);
  const warnings = [
    ...(await clearStaleRoutes()),
    ...(inspected?.warnings ?? []),
    ...securityPlanWarnings(plan, machineCapacity().cpus, inspected?.facts ?? null, new Date()),
  ];
  const say = (line: string): void => output.say(line);
  const { lab, plan: settled, close } = await startLabFor(plan, say);
  try {
    const common = { plan: settled, lab, warnings, id, output };
    const reason =
      redis === null
        ? await runHere({ ...common, interrupted: early.release() }, planBudget(settled, machineCapacity()))
        : await (await import('./cluster-storm.ts')).runClusterStorm({ ...common, redis, early, say });
    process.exitCode = EXIT_CODES[reason].code;
  } finally {
    await close();
  }
}

function runHere(
  common: Omit<StormOptions, 'budget' | 'exportsPhones' | 'fleet'>,
  budget: Budget,
): Promise<ExitReason> {
  return runStorm({ ...common, budget, exportsPhones: true, fleet: () => localFleet(common.plan, budget) });
}

/** Shards for each agent of this machine: one for each of its threads. */
function localFleet(plan: RunPlan, { agents, threadsPerAgent: threads, vanish }: Budget): LocalFleet {
  return new LocalFleet(
    Array.from({ length: agents }, (_, agent) =>
      Array.from({ length: threads }, (__, thread) => {
        const shard = agent * threads + thread;
        return firstGrant(shard, relayAddressOf(plan, shard), vanish);
      }),
    ),
  );
}
