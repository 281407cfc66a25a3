import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { mergeResults, type ResultFile } from '../../coordinator/merged-run.ts';
import { parseAgentResult } from '../../engine/agent-result.ts';
import { BootstormError } from '../../errors.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { mergedSummary } from '../merged-report.ts';
import { checkWritable } from '../output-file.ts';
import { writePhonesFile } from '../phones-file.ts';
import { makeFolder, writeResults } from '../result-files.ts';
import { toolVersion } from '../version.ts';

interface ReportFlags {
  readonly output?: string;
  readonly json?: string;
  readonly junit?: string;
}

/** `bootstorm report FILE...`: one report of what agents left on their machines. */
export function addReportCommand(program: Command): void {
  program
    .command('report')
    .description('make one report of the files that agents wrote when no coordinator took their results')
    .argument('<files...>', 'bootstorm-results/RUN/agent-NAME.json of every machine of the run')
    .option('--output <folder>', 'write summary, report and (where the run kept rows) phones.csv there')
    .option('--json <file>', 'write the summary here as JSON')
    .option('--junit <file>', 'write thresholds and verdict here as JUnit XML')
    .action(report);
}

function report(files: readonly string[], { output, json, junit }: ReportFlags): void {
  const merged = mergeResults(readAll(files));
  if (output !== undefined) makeFolder(output);
  if (json !== undefined) checkWritable(json, '--json');
  if (junit !== undefined) checkWritable(junit, '--junit');
  const inFolder = (name: string): string | null => (output === undefined ? null : join(output, name));
  const phones = merged.plan.output.phonesCsv === null ? null : inFolder('phones.csv');
  const warnings = phones === null ? [] : writePhonesFile(phones, merged.plan, merged.rows, merged);
  const summary = mergedSummary({ ...merged, warnings: [...merged.warnings, ...warnings] });
  const paths = {
    summary: json ?? inFolder('summary.json'),
    report: inFolder('report.txt'),
    html: inFolder('report.html'),
    junit: junit ?? null,
    phones,
  };
  const reason = writeResults(summary, paths, process.stdout);
  process.exitCode = EXIT_CODES[reason].code;
}

/** Throws `file-unreadable` with what is wrong with all of them. */
function readAll(files: readonly string[]): ResultFile[] {
  const read: ResultFile[] = [];
  const errors: BootstormError[] = [];
  for (const file of files) {
    try {
      read.push({ file, result: parseAgentResult(readText(file), file, toolVersion()) });
    } catch (error) {
      if (!(error instanceof BootstormError)) throw error;
      errors.push(error);
    }
  }
  const [first] = errors;
  if (first === undefined) return read;
  const messages = errors.map(({ message }) => message).join('\n  ');
  const hint = errors.find((error) => error.hint !== undefined)?.hint;
  throw new BootstormError(
    'file-unreadable',
    errors.length === 1 ? messages : `these files cannot be read:\n  ${messages}`,
    hint === undefined ? {} : { hint },
  );
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new BootstormError('file-unreadable', `cannot read ${file}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
