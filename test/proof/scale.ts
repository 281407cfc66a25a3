import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunSummary, summarySchema } from '../../src/report/summary-schema.ts';

const PHONES = 10_000;
const CLI = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

const SCENARIO = `
name: proof-scale
seed: 10000
phones: { generate: { count: ${PHONES} }, models: { 7961G: 3, 7941G: 1 } }
timing: { compression: 20 }
ramp: [ { duration: 60s, phones: ${PHONES} } ]
hold: 40s # longer than the keepalive interval
drain: { perSecond: 1000 }
maxDuration: 5m
lab: { callManagers: 2, keepAliveSeconds: 30 }
`;

/** Ten thousand phones in one run, generator and lab on the same machine. */
export async function proveScale(): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'bootstorm-proof-'));
  try {
    const scenario = join(folder, 'scale.yaml');
    const json = join(folder, 'summary.json');
    writeFileSync(scenario, SCENARIO);
    console.log(
      `${cpus().length} x ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
    );
    const { status } = spawnSync(process.execPath, [CLI, 'run', scenario, '--json', json], {
      cwd: folder,
      stdio: ['ignore', 'inherit', 'inherit'],
      timeout: 600_000,
    });
    return judge(summarySchema.parse(JSON.parse(readFileSync(json, 'utf8'))), status);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function judge({ phones, generator, verdict }: RunSummary, exitCode: number | null): boolean {
  const { asked, registered, ready, dropped, failed, trying, lostWithAgent, notStarted } = phones;
  const ledger = registered + dropped + failed + trying + lostWithAgent + notStarted;
  const claims: readonly (readonly [string, boolean])[] = [
    [`every phone is in service: ${ready} of ${asked}`, ready === PHONES && asked === PHONES],
    [`the ledger closes: ${ledger} = ${asked}`, ledger === asked],
    [`the verdict is ${verdict.result}, exit code ${exitCode}`, verdict.result === 'pass' && exitCode === 0],
    [
      `memory per registered phone: ${generator.bytesPerRegisteredPhone} bytes`,
      generator.bytesPerRegisteredPhone !== null,
    ],
  ];
  for (const [text, holds] of claims) console.log(`${holds ? 'yes' : 'NO '}  ${text}`);
  return claims.every(([, holds]) => holds);
}
