/** One storm of the built program, and what is claimed of it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunSummary, summarySchema } from '../../src/report/summary-schema.ts';

const CLI = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

export interface ProvenStorm {
  readonly summary: RunSummary;
  readonly exitCode: number | null;
}

/** What was found, and whether it is as claimed. */
export type Claim = readonly [text: string, holds: boolean];

/** Runs a scenario before the eyes of the user; null: there is no summary. */
export function stormOf(scenario: string, timeoutMs: number): ProvenStorm | null {
  const folder = mkdtempSync(join(tmpdir(), 'bootstorm-proof-'));
  try {
    const path = join(folder, 'storm.yaml');
    const json = join(folder, 'summary.json');
    writeFileSync(path, scenario);
    console.log(
      `${cpus().length} x ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
    );
    const { status } = spawnSync(process.execPath, [CLI, 'run', path, '--json', json], {
      cwd: folder,
      stdio: ['ignore', 'inherit', 'inherit'],
      timeout: timeoutMs,
    });
    if (!existsSync(json)) return null;
    return { summary: summarySchema.parse(JSON.parse(readFileSync(json, 'utf8'))), exitCode: status };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every phone is in service, each is accounted for once, and the run is valid. */
export function everyPhoneIsUp({ summary, exitCode }: ProvenStorm, phones: number): Claim[] {
  const { asked, registered, ready, dropped, failed, trying, lostWithAgent, notStarted } = summary.phones;
  const ledger = registered + dropped + failed + trying + lostWithAgent + notStarted;
  const { result } = summary.verdict;
  return [
    [`every phone is in service: ${ready} of ${asked}`, ready === phones && asked === phones],
    [`the ledger closes: ${ledger} = ${asked}`, ledger === asked],
    [`the verdict is ${result}, exit code ${exitCode}`, result === 'pass' && exitCode === 0],
  ];
}

/** Prints the claims; whether all of them hold. */
export function judge(claims: readonly Claim[]): boolean {
  for (const [text, holds] of claims) console.log(`${holds ? 'yes' : 'NO '}  ${text}`);
  return claims.every(([, holds]) => holds);
}
