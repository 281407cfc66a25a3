import type { Command } from 'commander';
import { addClusterOptions } from '../cluster-options.ts';
import type { CommandOutput } from '../command-output.ts';
import { addScenarioOptions } from '../scenario-options.ts';

/** `bootstorm run [scenario]`: the storm. */
export function addRunCommand(program: Command, output: CommandOutput): void {
  const command = program
    .command('run')
    .description('boot the phones of a scenario and report when they are back')
    .argument('[scenario]', 'a YAML file, or the name of a shipped scenario; without one: the defaults');
  addClusterOptions(addScenarioOptions(command), 'run').action(
    async (file: string | undefined, flags: Record<string, unknown>) => {
      // As with other commands: what one of them needs the others need not load.
      const { runScenario } = await import('../run-scenario.ts');
      await runScenario(file, flags, output);
    },
  );
}
