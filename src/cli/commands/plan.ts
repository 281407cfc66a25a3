import type { Command } from 'commander';
import { planBudget } from '../../scenario/budget.ts';
import { compilePlan } from '../../scenario/compile.ts';
import { securityPlanWarnings } from '../../scenario/describe-security.ts';
import { inspectCertificates } from '../certificate-facts.ts';
import { machineCapacity } from '../machine.ts';
import { addScenarioOptions, scenarioOf } from '../scenario-options.ts';

/** `bootstorm plan [scenario]`: what a run would send, to whom and when. Sends nothing. */
export function addPlanCommand(program: Command): void {
  const command = program
    .command('plan')
    .description('print what a run would send, to whom and when, and what it needs; sends nothing')
    .argument('[scenario]', 'a YAML file, or the name of a shipped scenario; without one: the defaults');
  addScenarioOptions(command).action(async (file: string | undefined, flags: Record<string, unknown>) => {
    const plan = compilePlan(scenarioOf(file, flags));
    const capacity = machineCapacity();
    const inspected = await inspectCertificates(plan);
    const facts = inspected?.facts ?? null;
    const warnings = [
      ...plan.warnings,
      ...(inspected?.warnings ?? []),
      ...securityPlanWarnings(plan, capacity.cpus, facts, new Date()),
    ];
    const { describePlan } = await import('../../scenario/describe-plan.ts');
    process.stdout.write(describePlan({ ...plan, warnings }, planBudget(plan, capacity), facts));
  });
}
