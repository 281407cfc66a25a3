import type { Command } from 'commander';
import { BootstormError, problemList } from '../../errors.ts';
import { addClusterOptions, clusterSetting, logFormatSetting } from '../cluster-options.ts';
import type { CommandOutput } from '../command-output.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { lingerOf } from '../metrics-linger.ts';
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
    const metricsLinger = wantedLinger(flags);
    const { attachStorm } = await import('../cluster-storm.ts');
    const logFormat = logFormatSetting(flags);
    output.outliveReader();
    const reason = await attachStorm({ ...place, metricsLinger }, logFormat, output);
    process.exitCode = EXIT_CODES[reason].code;
  });
}

/** Seconds; null: as the plan says. */
function wantedLinger(flags: Record<string, unknown>): number | null {
  const text = clusterSetting('metrics-linger', flags);
  const problems: string[] = [];
  const seconds = text === null ? null : lingerOf(text, problems);
  if (problems.length === 0) return seconds;
  throw new BootstormError('invalid-scenario', problemList('bootstorm attach', problems));
}
