import type { Command } from 'commander';
import { startLabFor } from '../lab-of-plan.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { machineCapacity } from '../machine.ts';
import { addScenarioOptions, scenarioOf } from '../scenario-options.ts';
import { runStorm } from '../storm.ts';
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
  const { lab, plan: settled } = await startLabFor(plan);
  try {
    const reason = await runStorm({ plan: settled, budget, lab, out: process.stdout });
    process.exitCode = EXIT_CODES[reason].code;
  } finally {
    await lab?.stop();
  }
}
