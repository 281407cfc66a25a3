/**
 * What a run on many machines asks of Redis between its armed start and the end of the hold, by the size of the plan:
 * commands for each second must not depend on it. A redis-server of its own on loopback; agents and coordinator are the
 * product's classes in one process, with real plans from inventories, a real snapshot of each shard and the intervals
 * of every run; phones do not start, and there are no workers and no queue. Commands inside of scripts are counted as well.
 *
 *     npm run bench:redis [-- AGENTS]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { fetchSnapshots, lookAtAgents } from '../src/coordinator/cluster-look.ts';
import { BEAT_INTERVAL_MS, type Beat, type Member } from '../src/engine/cluster-contract.ts';
import { LocalSchedule } from '../src/engine/cluster-schedule.ts';
import { sendBeat } from '../src/engine/cluster-scripts.ts';
import { ShardMetrics } from '../src/metrics/shard-metrics.ts';
import { RedisRampStore } from '../src/ramp/redis-ramp-store.ts';
import { RunLease } from '../src/ramp/run-lease.ts';
import { openRedis } from '../src/redis/connection.ts';
import { pack } from '../src/redis/packing.ts';
import { runKeys } from '../src/redis/run-keys.ts';
import { compilePlan } from '../src/scenario/compile.ts';
import { loadScenario } from '../src/scenario/load.ts';
import type { RunPlan } from '../src/scenario/plan.ts';

const SIZES = [1000, 10_000, 100_000, 1_000_000];
const PROGRAM = 'redis-server';
const OBSERVED_MS = 10_000;
const SCENARIO = 'phones: { inventory: phones.csv }\nramp: [{ duration: 24h }]\nmaxDuration: 48h\n';
/** What the measuring itself asks. */
const OWN_COMMANDS = new Set(['info', 'config|resetstat']);

interface Measured {
  readonly phones: number;
  readonly publishMs: number;
  readonly planBytes: number;
  /** From the first byte written to the last agent that has the plan. */
  readonly spreadMs: number;
  readonly commands: number;
  readonly sentBytes: number;
}

const agentCount = Number(process.argv[2] ?? 4);
const folder = mkdtempSync(join(tmpdir(), 'bootstorm-bench-'));
const port = await freePort();
const server = spawn(
  PROGRAM,
  ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'],
  { stdio: 'ignore' },
);
try {
  const url = `redis://127.0.0.1:${port}`;
  const rows: Measured[] = [];
  for (const phones of SIZES) rows.push(await measure(url, phones));
  print(rows);
} finally {
  server.kill('SIGKILL');
  rmSync(folder, { recursive: true });
}

async function measure(url: string, phones: number): Promise<Measured> {
  const plan = planOf(phones);
  const run = `bench-${phones}`;
  const redis = await openRedis(url, { patienceMs: 10_000 });
  const lease = await RunLease.acquire(redis, run, 'bench', 'new');
  const store = new RedisRampStore<RunPlan>(redis, run, { lease });
  store.watch(() => {});
  const shards = Array.from({ length: agentCount }, (_, shard) => shard);
  const looks = setInterval(() => {
    ended(lease.renew(store.latest));
    ended(lookAtAgents(redis, runKeys(run)));
    ended(fetchSnapshots(redis, runKeys(run), shards));
  }, BEAT_INTERVAL_MS);
  const agents = await Promise.all(
    Array.from({ length: agentCount }, (_, index) => startAgent(url, run, index, plan)),
  );

  const begunAt = performance.now();
  await store.publish(plan);
  const publishMs = performance.now() - begunAt;
  await Promise.all(agents.map(({ hasPlan }) => hasPlan));
  const spreadMs = performance.now() - begunAt;
  const [seconds] = await redis.time();
  await store.arm(Number(seconds) * 1000 + 1000);

  await pause(2000);
  await redis.config('RESETSTAT');
  await pause(OBSERVED_MS);
  const commands = commandsIn(await redis.info('commandstats'));
  const sentBytes = Number(/total_net_output_bytes:(\d+)/.exec(await redis.info('stats'))?.[1]);
  const planBytes = await storedBytes(redis, run);

  clearInterval(looks);
  for (const { close } of agents) close();
  store.close();
  await redis.flushall();
  redis.disconnect();
  return { phones, publishMs, planBytes, spreadMs, commands, sentBytes };
}

async function startAgent(url: string, run: string, index: number, plan: RunPlan) {
  const redis = await openRedis(url);
  const schedule = new LocalSchedule(redis, run, null);
  const member: Member = {
    name: `agent-${index}`,
    index,
    host: 'bench',
    version: '0',
    cpus: 1,
    descriptorLimit: 1024,
    blackholeObstacle: null,
    relays: null,
  };
  const phones = Math.ceil(plan.phoneCount / agentCount);
  const metrics = new ShardMetrics({ shard: index, epoch: 1, phones, armedAt: 0 });
  let told = (): void => {};
  const hasPlan = new Promise<void>((resolve) => {
    told = resolve;
  });
  await schedule.watch(({ plan: seen }) => seen !== null && told());
  let sequence = 0;
  const beats = setInterval(() => {
    const beat: Beat = {
      agent: member.name,
      sequence: ++sequence,
      state: 'running',
      grants: [{ shard: index, epoch: 1 }],
      prepared: [index],
      failures: [],
      clock: { errorMs: schedule.clock.errorMs, driftMs: schedule.clock.driftMs },
      holdsStarts: false,
      sleptMs: null,
    };
    const part = { shard: index, epoch: 1, hasResult: false, snapshot: pack(metrics.snapshot()) };
    ended(Promise.all([sendBeat(redis, runKeys(run), beat, member, [part]), schedule.clock.look()]));
  }, BEAT_INTERVAL_MS);
  const close = (): void => {
    clearInterval(beats);
    schedule.close();
    redis.disconnect();
  };
  return { hasPlan, close };
}

/** What fails here is no measurement. */
function ended(work: Promise<unknown>): void {
  work.catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exitCode = 1;
  });
}

function planOf(phones: number): RunPlan {
  const macs = Array.from({ length: phones }, (_, i) =>
    (0x02_00_00_00_00_00 + i).toString(16).padStart(12, '0'),
  );
  writeFileSync(join(folder, 'phones.csv'), macs.join('\n'));
  writeFileSync(join(folder, 'storm.yaml'), SCENARIO);
  return compilePlan(loadScenario({ file: join(folder, 'storm.yaml') }));
}

function commandsIn(stats: string): number {
  let sum = 0;
  for (const [, command = '', calls] of stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm))
    if (!OWN_COMMANDS.has(command)) sum += Number(calls);
  return sum;
}

async function storedBytes(redis: Redis, run: string): Promise<number> {
  let bytes = 0;
  for (const key of await redis.keys(`${runKeys(run).plan}:*`)) bytes += await redis.strlen(key);
  return bytes;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port: free } = probe.address() as AddressInfo;
  probe.close();
  return free;
}

function print(rows: readonly Measured[]): void {
  const seconds = OBSERVED_MS / 1000;
  const lines = rows.map(({ phones, publishMs, planBytes, spreadMs, commands, sentBytes }) =>
    [
      phones.toLocaleString('en'),
      `${(planBytes / 1024).toFixed(0)} KiB`,
      `${publishMs.toFixed(0)} ms`,
      `${spreadMs.toFixed(0)} ms`,
      (commands / seconds).toFixed(1),
      `${(sentBytes / 1024 / seconds).toFixed(1)} KiB/s`,
    ]
      .map((cell) => cell.padStart(12))
      .join(''),
  );
  const header = ['phones', 'plan', 'published', 'at agents', 'commands/s', 'from Redis'];
  process.stdout.write(`${agentCount} agents, ${seconds} s between armed start and the end of the hold\n`);
  process.stdout.write(`${header.map((cell) => cell.padStart(12)).join('')}\n${lines.join('\n')}\n`);
  const ratio = (rows.at(-1)?.commands ?? 0) / (rows[0]?.commands ?? 1);
  process.stdout.write(`commands of the largest plan to those of the smallest: ${ratio.toFixed(2)}\n`);
}
