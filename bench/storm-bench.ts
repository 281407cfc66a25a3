/**
 * What a boot costs the generator: CPU (user + system of the agent processes) and peak memory per phone at several
 * sizes, beside the floor (bare-boot.ts), which exchanges the same packets with the same lab at the same rate and does
 * nothing else. Runs alternate, so that a change in the machine's speed meets both; what is printed are medians,
 * smallest and largest, and the ratio pair by pair.
 *
 *     npm run bench -- [--phones 1000,5000,10000] [--runs 3] [--rate 250] [--hold 2]
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bootOnePhone } from '../src/cli/one-phone.ts';
import { firstGrant } from '../src/engine/agent-contract.ts';
import { LocalFleet } from '../src/coordinator/local-fleet.ts';
import { RunLog } from '../src/coordinator/run-log.ts';
import { StormRun } from '../src/coordinator/storm-run.ts';
import { startLab } from '../src/lab/lab-cluster.ts';
import { compilePlan } from '../src/scenario/compile.ts';
import { loadScenario } from '../src/scenario/load.ts';
import { applyLab, relayAddressOf, type RunPlan } from '../src/scenario/plan.ts';

interface Measurement {
  readonly ready: number;
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
}

const { values } = parseArgs({
  options: {
    phones: { type: 'string', default: '1000,5000,10000' },
    runs: { type: 'string', default: '3' },
    rate: { type: 'string', default: '250' },
    hold: { type: 'string', default: '2' },
  },
});
const RUNS = Number(values.runs);
const PER_SECOND = Number(values.rate);
const HOLD_SECONDS = Number(values.hold);
const BARE_BOOT = fileURLToPath(new URL('bare-boot.js', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'bootstorm-bench-'));
try {
  print(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}`);
  print(`${PER_SECOND} boots a second, hold ${HOLD_SECONDS} s, ${RUNS} runs of each, taken in turn\n`);
  print('phones   program     CPU per boot, ms (median, min-max)   peak memory, MB   per phone, kB');
  for (const phones of values.phones.split(',').map(Number)) await compare(phones);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function compare(phones: number): Promise<void> {
  const wanted = compilePlan(
    loadScenario({
      environment: {},
      flags: {
        phones: String(phones),
        flash: 'factory',
        skip: 'power,image,vlan',
        ramp: `${phones / PER_SECOND}s:${phones}`,
        hold: `${HOLD_SECONDS}s`,
        drainRate: String(PER_SECOND),
        maxDuration: '10m',
        keepalive: '3600',
      },
    }),
  );
  if (wanted.target.type !== 'lab') throw new Error('the bench runs on the lab');
  // One CallManager: there is nothing to stand by, and the floor has no standby connections either.
  const settings = {
    ...wanted.target.settings,
    names: 'address',
    callManagers: 1,
    limits: { ...wanted.target.settings.limits, tftpConcurrency: 5000 },
  } as const;
  const lab = await startLab(settings, wanted);
  try {
    const plan = applyLab(wanted, lab.endpoints);
    const recording = join(folder, `boot-${phones}.jsonl`);
    await bootOnePhone({
      plan,
      holdMs: 100,
      timeoutMs: 10_000,
      pcap: null,
      record: recording,
      keyLog: null,
      print: () => {},
    });
    const storms: Measurement[] = [];
    const floors: Measurement[] = [];
    for (let run = 0; run < RUNS; run++) {
      storms.push(await measureStorm(plan));
      floors.push(await measureFloor(recording, phones));
    }
    report(phones, storms, floors);
  } finally {
    await lab.stop();
  }
}

/** One agent with one worker, as a run on this machine would have. */
async function measureStorm(plan: RunPlan): Promise<Measurement> {
  const fleet = new LocalFleet([[firstGrant(0, relayAddressOf(plan, 0))]]);
  const { state } = await new StormRun({ plan, fleet, log: new RunLog(null) }).run();
  const { cpuSeconds, peakRssBytes } = state.generator;
  return { ready: state.ledger.ready, cpuSeconds, peakRssBytes };
}

function measureFloor(recording: string, phones: number): Promise<Measurement> {
  const args = [BARE_BOOT, recording, String(phones), String(PER_SECOND), String(HOLD_SECONDS)];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const limit = setTimeout(() => child.kill('SIGKILL'), (phones / PER_SECOND + HOLD_SECONDS + 60) * 1000);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.once('error', reject);
    child.once('exit', () => {
      clearTimeout(limit);
      if (output === '') reject(new Error(`the floor did not finish ${phones} boots`));
      else resolve(JSON.parse(output) as Measurement);
    });
  });
}

function report(phones: number, storms: readonly Measurement[], floors: readonly Measurement[]): void {
  printProgram(phones, 'bootstorm', storms);
  printProgram(phones, 'bare Node', floors);
  const ratios = storms.map(({ cpuSeconds }, run) => cpuSeconds / (floors[run]?.cpuSeconds ?? Number.NaN));
  print(`${' '.repeat(9)}ratio       ${spread(ratios)}\n`);
}

function printProgram(phones: number, program: string, runs: readonly Measurement[]): void {
  const incomplete = runs.filter(({ ready }) => ready !== phones).length;
  const cpu = runs.map(({ cpuSeconds }) => (cpuSeconds * 1000) / phones);
  const memory = runs.map(({ peakRssBytes }) => peakRssBytes / 1e6);
  const perPhone = median(runs.map(({ peakRssBytes }) => peakRssBytes / 1000 / phones));
  const note = incomplete === 0 ? '' : `   (${incomplete} runs did not boot every phone)`;
  print(
    `${String(phones).padStart(6)}   ${program.padEnd(11)} ${spread(cpu).padEnd(36)} ${median(memory).toFixed(0).padStart(15)} ${perPhone.toFixed(1).padStart(15)}${note}`,
  );
}

function spread(figures: readonly number[]): string {
  return `${median(figures).toFixed(2)} (${Math.min(...figures).toFixed(2)}-${Math.max(...figures).toFixed(2)})`;
}

function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
