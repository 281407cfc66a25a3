import type { Command } from 'commander';
import { startLabFor } from '../lab-of-plan.ts';
import { EXIT_CODES, type ExitReason } from '../exit-codes.ts';
import { machineCapacity } from '../machine.ts';
import { checkWritable } from '../output-file.ts';
import { clearStaleRoutes } from '../stale-routes.ts';
import { addScenarioOptions, scenarioOf } from '../scenario-options.ts';
import { runStorm, type StormOptions } from '../storm.ts';
import { firstGrant } from '../../engine/agent-contract.ts';
import { inspectCertificates } from '../certificate-facts.ts';
import { securityPlanWarnings } from '../../scenario/describe-security.ts';
import { type Budget, planBudget } from '../../scenario/budget.ts';
import { compilePlan } from '../../scenario/compile.ts';
import { relayAddressOf, type RunPlan } from '../../scenario/plan.ts';
import { LocalFleet } from '../../coordinator/local-fleet.ts';
import { addClusterOptions, clusterSetting } from '../cluster-options.ts';
import { checkRunId, newRunId } from '../run-id.ts';

/** `bootstorm run [scenario]`: the storm. */
export function addRunCommand(program: Command): void {
  const command = program
    .command('run')
    .description('boot the phones of a scenario and report when they are back')
    .argument('[scenario]', 'a YAML file, or the name of a shipped scenario; without one: the defaults');
  addClusterOptions(addScenarioOptions(command), 'run').action(run);
}

async function run(file: string | undefined, flags: Record<string, unknown>): Promise<void> {
  const plan = compilePlan(scenarioOf(file, flags));
  const redis = clusterSetting('redis', flags);
  const id = runIdOf(redis, flags);
  // Before anything is started; what agents on other machines can carry is not known yet.
  const cluster = redis === null ? null : await import('../cluster-storm.ts');
  if (redis === null) planBudget(plan, machineCapacity());
  else cluster?.checkClusterStorm(plan, redis);
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
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const { lab, plan: settled, close } = await startLabFor(plan, say);
  try {
    const common = { plan: settled, lab, warnings, id, interrupted: early.release(), out: process.stdout };
    const reason =
      redis === null || cluster === null
        ? await runHere(common, planBudget(settled, machineCapacity()))
        : await cluster.runClusterStorm({ ...common, redis, say });
    process.exitCode = EXIT_CODES[reason].code;
  } finally {
    await close();
  }
}

/** Throws `invalid-scenario`. */
function runIdOf(redis: string | null, flags: Record<string, unknown>): string {
  const named = clusterSetting('run-id', flags);
  return named === null || redis === null ? newRunId() : checkRunId(named);
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

/** Ctrl-C while the lab starts: remembered, so that the run that follows ends in order at once. */
class EarlySignals {
  #seen = false;
  readonly #note = (): void => {
    this.#seen = true;
  };

  constructor() {
    process.on('SIGINT', this.#note).on('SIGTERM', this.#note);
  }

  /** Whether there was one; from now on somebody else listens. */
  release(): boolean {
    process.off('SIGINT', this.#note).off('SIGTERM', this.#note);
    return this.#seen;
  }
}
