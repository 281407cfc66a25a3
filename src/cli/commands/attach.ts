import type { Command } from 'commander';
import { addClusterOptions } from '../cluster-options.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { neededRedis } from '../needed-redis.ts';
import { checkRunId } from '../run-id.ts';

/** `bootstorm attach RUN`: coordinates a run whose coordinator has ended. */
export function addAttachCommand(program: Command): void {
  const command = program
    .command('attach')
    .description('take over a run on many machines whose coordinator has ended, to its report')
    .argument('<run>', 'id of the run');
  addClusterOptions(command, 'attach').action(async (run: string, flags: Record<string, unknown>) => {
    const place = { url: neededRedis('attach', flags), run: checkRunId(run) };
    const { attachStorm } = await import('../cluster-storm.ts');
    const say = (line: string): void => void process.stdout.write(`${line}\n`);
    process.exitCode = EXIT_CODES[await attachStorm(place, say, process.stdout)].code;
  });
}
