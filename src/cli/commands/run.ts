import type { Command } from 'commander';
import { startLabFor } from '../lab-of-plan.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { machineCapacity } from '../machine.ts';
import { checkWritable } from '../output-file.ts';
import { clearStaleRoutes } from '../stale-routes.ts';
import { addScenarioOptions, scenarioOf } from '../scenario-options.ts';
import { runStorm } from '../storm.ts';
import { inspectCertificates } from '../certificate-facts.ts';
import { securityPlanWarnings } from '../../scenario/describe-security.ts';
import { planBudget } from '../../scenario/budget.ts';
import { compilePlan } from '../../scenario/compile.ts';

/** `bootstorm run [scenario]`: the storm. */
export function addRunCommand(program: Command): void {
  const command = program
    .command('run')
    .description('boot the phones of a scenario and report when they are back')
    .argument('[scenario]', 'a YAML file, or the name of a shipped scenario; without one: the defaults');
  addScenarioOptions(command).action(run);
}

async function run(file: string | undefined, flags: Record<string, unknown>): Promise<void> {
  const plan = compilePlan(scenarioOf(file, flags));
  const budget = planBudget(plan, machineCapacity());
  if (plan.output.json !== null) checkWritable(plan.output.json, '--json');
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
    const interrupted = early.release();
    const reason = await runStorm({ plan: settled, budget, lab, warnings, interrupted, out: process.stdout });
    process.exitCode = EXIT_CODES[reason].code;
  } finally {
    await close();
  }
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
