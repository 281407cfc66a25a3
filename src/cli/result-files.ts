/** What is left of a run: its files, and its report on the terminal. */
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { BootstormError } from '../errors.ts';
import type { RunComparison } from '../report/compare/compare.ts';
import { renderHtmlComparison } from '../report/compare/html.ts';
import { renderComparison } from '../report/compare/text.ts';
import { renderHtmlReport } from '../report/html/report.ts';
import { renderJunit } from '../report/junit.ts';
import type { RunSummary } from '../report/summary-schema.ts';
import { renderReport } from '../report/text.ts';
import type { CommandOutput } from './command-output.ts';
import type { ExitReason } from './exit-codes.ts';
import { verdictFields } from './log-lines.ts';
import { toolVersion } from './version.ts';

export interface ResultPaths {
  /** Null, as of the others: it is not wanted. */
  readonly summary: string | null;
  /** The report as text. */
  readonly report: string | null;
  /** The report for a browser. */
  readonly html: string | null;
  /** Thresholds and verdict as JUnit XML. */
  readonly junit: string | null;
  /** The table of phones. */
  readonly phones: string | null;
}

/** Writes summary and report, prints the report, and says what the run comes to. Throws `file-unreadable`. */
export function writeResults(summary: RunSummary, paths: ResultPaths, output: CommandOutput): ExitReason {
  const shown = { summaryPath: paths.summary, phonesPath: paths.phones, htmlPath: paths.html };
  if (paths.summary !== null) writeText(paths.summary, `${JSON.stringify(summary, null, 2)}\n`);
  if (paths.report !== null) writeText(paths.report, renderReport(summary, shown));
  if (paths.html !== null) writeText(paths.html, renderHtmlReport(summary));
  if (paths.junit !== null) writeText(paths.junit, renderJunit(summary));
  const reason = exitReasonOf(summary.verdict.result);
  if (output.isJson) output.line('info', 'verdict', verdictFields(summary, reason, paths));
  else output.print(`\n${renderReport(summary, { ...shown, color: output.color })}`);
  return reason;
}

/** Prints a comparison, and writes it into a folder where one is named. Throws `file-unreadable`. */
export function writeComparison(
  comparison: RunComparison,
  folder: string | null,
  output: CommandOutput,
): void {
  if (folder !== null) {
    writeText(join(folder, 'comparison.txt'), renderComparison(comparison));
    writeText(join(folder, 'comparison.html'), renderHtmlComparison(comparison, toolVersion()));
  }
  output.print(renderComparison(comparison, output.color));
}

function exitReasonOf(result: RunSummary['verdict']['result']): ExitReason {
  switch (result) {
    case 'pass':
      return 'ok';
    case 'fail':
      return 'thresholdsMissed';
    case 'invalid':
      return 'invalidRun';
    case 'aborted':
      return 'aborted';
    default:
      return result satisfies never;
  }
}

/** Characters of a long file that are written at once. */
const PIECE = 1 << 16;

/** Writes a file piece by piece. Throws `file-unreadable`. */
export function writePieces(path: string, texts: Iterable<string>): void {
  try {
    const file = openSync(path, 'w');
    try {
      let piece = '';
      for (const text of texts) {
        piece += text;
        if (piece.length < PIECE) continue;
        writeSync(file, piece);
        piece = '';
      }
      writeSync(file, piece);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw unwritable(path, error);
  }
}

export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw unwritable(folder, error);
  }
}

function writeText(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw unwritable(path, error);
  }
}

function unwritable(path: string, cause: unknown): BootstormError {
  return new BootstormError('file-unreadable', `cannot write ${path}: ${(cause as Error).message}`, {
    cause,
    hint: 'choose another place with --json, or run in a folder that may be written',
  });
}
