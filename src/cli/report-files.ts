import { join } from 'node:path';
import { readInputFile } from '../scenario/input-file.ts';
import { mergeResults, type ResultFile } from '../coordinator/merged-run.ts';
import { parseAgentResult } from '../engine/agent-result.ts';
import { BootstormError } from '../errors.ts';
import { compareRuns } from '../report/compare/compare.ts';
import type { CommandOutput } from './command-output.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { mergedSummary } from './merged-report.ts';
import { checkWritable } from './output-file.ts';
import { writePhonesFile } from './phones-file.ts';
import { makeFolder, type ResultPaths, writeComparison, writeResults } from './result-files.ts';
import { isSummary, parseSummary } from './summary-files.ts';
import { toolVersion } from './version.ts';

export interface ReportFlags {
  readonly output?: string;
  readonly json?: string;
  readonly junit?: string;
}

/** One report of what agents left on their machines, or of two summaries. */
export function reportFiles(files: readonly string[], flags: ReportFlags, out: CommandOutput): void {
  out.speak({ logFormat: 'text', quiet: false });
  const summaries = files.filter((file) => isSummary(textOrNull(file)));
  const others = files.filter((file) => !summaries.includes(file) && textOrNull(file) !== null);
  if (summaries.length === 0) {
    mergeAgents(files, flags, out);
  } else if (others.length === 0) {
    reportSummaries(files, flags, out);
  } else {
    throw new BootstormError(
      'file-unreadable',
      `summaries and other files do not go together: ${summaries.join(', ')} and ${others.join(', ')}`,
      { hint: 'name the files of all agents of one run, or the summaries of two runs' },
    );
  }
}

/** For a look at what a file is; who reads it for good says why it cannot be read. */
function textOrNull(file: string): string | null {
  try {
    return readInputFile(file);
  } catch {
    return null;
  }
}

/** Two summaries are compared; one is shown again as it was when its run ended. */
function reportSummaries(files: readonly string[], flags: ReportFlags, out: CommandOutput): void {
  const [a, b, ...more] = all(files, (file) => parseSummary(readInputFile(file), file));
  const { output } = flags;
  if (a === undefined || more.length > 0) {
    throw new BootstormError('file-unreadable', `${files.length} summaries: a comparison is of two`, {
      hint: 'name two of them',
    });
  }
  if (b === undefined) {
    if (output !== undefined) makeFolder(output);
    process.exitCode = EXIT_CODES[writeResults(a, { ...pathsOf(flags), phones: null }, out)].code;
    return;
  }
  const unused = (['json', 'junit'] as const).filter((name) => flags[name] !== undefined);
  if (unused.length > 0) {
    throw new BootstormError('file-unreadable', `a comparison has no --${unused.join(' and no --')}`, {
      hint: 'with --output FOLDER it is written as comparison.txt and comparison.html',
    });
  }
  if (output !== undefined) makeFolder(output);
  writeComparison(compareRuns(a, b), output ?? null, out);
}

function pathsOf({ output, json, junit }: ReportFlags): Omit<ResultPaths, 'phones'> {
  const inFolder = (name: string): string | null => (output === undefined ? null : join(output, name));
  if (json !== undefined) checkWritable(json, '--json');
  if (junit !== undefined) checkWritable(junit, '--junit');
  return {
    summary: json ?? inFolder('summary.json'),
    report: inFolder('report.txt'),
    html: inFolder('report.html'),
    junit: junit ?? null,
  };
}

function mergeAgents(files: readonly string[], flags: ReportFlags, out: CommandOutput): void {
  const merged = mergeResults(
    all(
      files,
      (file): ResultFile => ({ file, result: parseAgentResult(readInputFile(file), file, toolVersion()) }),
    ),
  );
  const { output } = flags;
  if (output !== undefined) makeFolder(output);
  const paths = pathsOf(flags);
  const phones =
    merged.plan.output.phonesCsv === null || output === undefined ? null : join(output, 'phones.csv');
  const warnings = phones === null ? [] : writePhonesFile(phones, merged.plan, merged.rows, merged);
  const summary = mergedSummary({ ...merged, warnings: [...merged.warnings, ...warnings] });
  const reason = writeResults(summary, { ...paths, phones }, out);
  process.exitCode = EXIT_CODES[reason].code;
}

/** Each made something of. Throws `file-unreadable` with what is wrong with all of them. */
function all<From, To>(items: readonly From[], make: (item: From) => To): To[] {
  const made: To[] = [];
  const errors: BootstormError[] = [];
  for (const item of items) {
    try {
      made.push(make(item));
    } catch (error) {
      if (!(error instanceof BootstormError)) throw error;
      errors.push(error);
    }
  }
  const [first] = errors;
  if (first === undefined) return made;
  const messages = errors.map(({ message }) => message).join('\n  ');
  const hint = errors.find((error) => error.hint !== undefined)?.hint;
  throw new BootstormError(
    'file-unreadable',
    errors.length === 1 ? messages : `these files cannot be read:\n  ${messages}`,
    hint === undefined ? {} : { hint },
  );
}
