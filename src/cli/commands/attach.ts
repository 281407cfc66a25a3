import type { Command } from 'commander';
import { BootstormError, problemList } from '../../errors.ts';
import { addClusterOptions, clusterSetting, logFormatOf } from '../cluster-options.ts';
import type { CommandOutput } from '../command-output.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { lingerOf } from '../metrics-linger.ts';
import { redisFlaw } from '../needed-redis.ts';
import { isRunId, RUN_ID_EXPECTED } from '../run-id.ts';

/** `bootstorm attach RUN`: coordinates a run whose coordinator has ended. */
export function addAttachCommand(program: Command, output: CommandOutput): void {
  const command = program
    .command('attach')
    .description('take over a run on many machines whose coordinator has ended, to its report')
    .argument('<run>', 'id of the run');
  addClusterOptions(command, 'attach').action(async (run: string, flags: Record<string, unknown>) => {
    const { url, metricsLinger, logFormat } = wanted(run, flags);
    const { attachStorm } = await import('../cluster-storm.ts');
    output.outliveReader();
    const reason = await attachStorm({ url, run, metricsLinger }, logFormat, output);
    process.exitCode = EXIT_CODES[reason].code;
  });
}

/** Seconds and format, null: as the plan says. Throws `invalid-scenario` for all that is wrong at once. */
function wanted(
  run: string,
  flags: Record<string, unknown>,
): { url: string; metricsLinger: number | null; logFormat: ReturnType<typeof logFormatOf> } {
  const problems: string[] = [];
  const url = clusterSetting('redis', flags);
  const flaw = redisFlaw(url);
  if (flaw !== null) problems.push(`--redis: ${flaw}`);
  if (!isRunId(run)) problems.push(`run id ${JSON.stringify(run)}: ${RUN_ID_EXPECTED}`);
  const linger = clusterSetting('metrics-linger', flags);
  const metricsLinger = linger === null ? null : lingerOf(linger, problems);
  const logFormat = logFormatOf(clusterSetting('log-format', flags), problems);
  if (problems.length > 0 || url === null) {
    throw new BootstormError('invalid-scenario', problemList('bootstorm attach', problems));
  }
  return { url, metricsLinger, logFormat };
}
