import type { Command } from 'commander';
import { addClusterOptions, logFormatSetting } from '../cluster-options.ts';
import type { CommandOutput } from '../command-output.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { neededRedis } from '../needed-redis.ts';
import { checkRunId } from '../run-id.ts';

/** `bootstorm attach RUN`: coordinates a run whose coordinator has ended. */
export function addAttachCommand(program: Command, output: CommandOutput): void {
  const command = program
    .command('attach')
    .description('take over a run on many machines whose coordinator has ended, to its report')
    .argument('<run>', 'id of the run');
  addClusterOptions(command, 'attach').action(async (run: string, flags: Record<string, unknown>) => {
    const place = { url: neededRedis('attach', flags), run: checkRunId(run) };
    const { attachStorm } = await import('../cluster-storm.ts');
    const logFormat = logFormatSetting(flags);
    output.outliveReader();
    process.exitCode = EXIT_CODES[await attachStorm(place, logFormat, output)].code;
  });
}
