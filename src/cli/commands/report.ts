import type { Command } from 'commander';
import type { CommandOutput } from '../command-output.ts';
import type { ReportFlags } from '../report-files.ts';

/** `bootstorm report FILE...`: one report of what agents left on their machines, or of two summaries. */
export function addReportCommand(program: Command, output: CommandOutput): void {
  program
    .command('report')
    .description(
      'make one report of the files that agents wrote when no coordinator took their results; or compare two summaries',
    )
    .argument(
      '<files...>',
      'bootstorm-results/RUN/agent-NAME.json of every machine of the run, or summary.json of two runs',
    )
    .option(
      '--output <folder>',
      'write summary, report and (where the run kept rows) phones.csv there; or the comparison',
    )
    .option('--json <file>', 'write the summary here as JSON')
    .option('--junit <file>', 'write thresholds and verdict here as JUnit XML')
    .action(async (files: readonly string[], flags: ReportFlags) => {
      const { reportFiles } = await import('../report-files.ts');
      reportFiles(files, flags, output);
    });
}
