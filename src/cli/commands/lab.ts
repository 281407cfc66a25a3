import type { Command } from 'commander';
import { addScenarioOptions } from '../scenario-options.ts';

/** `bootstorm lab [scenario]`: the embedded cluster by itself, until Ctrl-C. */
export function addLabCommand(program: Command): void {
  const command = program
    .command('lab')
    .description('run the embedded lab cluster by itself, for the phones of a scenario, until Ctrl-C')
    .argument('[scenario]', 'whose `lab` section and phones are taken');
  addScenarioOptions(command).action(async (file: string | undefined, flags: Record<string, unknown>) => {
    const { runLab } = await import('../run-lab.ts');
    await runLab(file, flags);
  });
}
