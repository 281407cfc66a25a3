/** A storm whose agents are on other machines. Loaded only where one is wanted: it brings the clients of Redis. */
import { ClusterFleet } from '../coordinator/cluster-fleet.ts';
import { ClusterRun, type RunPlace } from '../coordinator/cluster-run.ts';
import { takeRunOver } from '../coordinator/take-over.ts';
import { divideRun } from '../coordinator/cluster-terms.ts';
import { gatherAgents } from '../coordinator/gathering.ts';
import type { LoggedEntry } from '../coordinator/run-log.ts';
import { BootstormError } from '../errors.ts';
import { redisAddress, redisName } from '../redis/connection.ts';
import type { RunPlan } from '../scenario/plan.ts';
import type { ExitReason } from './exit-codes.ts';
import { machineCapacity } from './machine.ts';
import { runStorm, type StormOptions } from './storm.ts';
import { toolVersion } from './version.ts';

export interface ClusterStormOptions
  extends Omit<StormOptions, 'budget' | 'exportsPhones' | 'fleet' | 'resumed'> {
  /** URL. */
  readonly redis: string;
  readonly say: (line: string) => void;
}

const LAB_WARNING =
  'the lab is on this machine, on loopback: agents on other machines do not reach it, only those that run here';

const GONE_LAB_WARNING = 'the lab was on the machine of the coordinator before this one, and ended with it';

/** Waits for the agents, then runs the storm on them. */
export async function runClusterStorm(options: ClusterStormOptions): Promise<ExitReason> {
  const { plan, redis, id, say } = options;
  const agents = wantedAgents(plan);
  const run = await ClusterRun.open({ url: redis, run: id }, { agents, version: toolVersion() });
  let entries: readonly LoggedEntry[] = [];
  try {
    say(`run ${id} at ${redisName(redis)}: waiting for ${agents} ${agents === 1 ? 'agent' : 'agents'}`);
    const members = await gather(options, run, agents);
    if (members === null) return 'aborted';
    const { terms, budget } = divideRun(plan, members, machineCapacity().ephemeralPorts);
    await run.settle(terms, budget.workers);
    return await runStorm({
      ...options,
      budget,
      exportsPhones: false,
      warnings: plan.target.type === 'lab' ? [...options.warnings, LAB_WARNING] : options.warnings,
      fleet: (log) => {
        entries = log.entries;
        const { workers: shardCount, vanish } = budget;
        return new ClusterFleet({ run, shardCount, vanish, entries: log.entries, isResumed: false });
      },
    });
  } finally {
    await run.end(entries);
  }
}

/** Coordinates a run whose coordinator has ended. A lab has ended with it. */
export async function attachStorm(
  place: RunPlace,
  say: (line: string) => void,
  out: NodeJS.WriteStream,
): Promise<ExitReason> {
  const { run, plan, state, entries: earlier } = await takeRunOver(place, toolVersion(), say);
  let entries = earlier;
  try {
    const members = [...run.book.members.values()];
    const { budget } = divideRun(plan, members, machineCapacity().ephemeralPorts);
    const { size: shardCount } = run.book.epochs;
    say(
      `run ${run.id} at ${redisName(place.url)}: taken over, ${members.length} agents, ${shardCount} shards`,
    );
    return await runStorm({
      plan,
      budget,
      out,
      id: run.id,
      lab: null,
      warnings: plan.target.type === 'lab' ? [GONE_LAB_WARNING] : [],
      interrupted: false,
      exportsPhones: false,
      resumed: { state, entries: earlier, epoch: run.lease.epoch },
      fleet: (log) => {
        entries = log.entries;
        return new ClusterFleet({ run, shardCount, vanish: budget.vanish, entries, isResumed: true });
      },
    });
  } finally {
    await run.end(entries);
  }
}

/** What is wrong with a run on many machines, before anything is started for it. Throws `invalid-scenario`. */
export function checkClusterStorm(plan: RunPlan, redis: string): void {
  redisAddress(redis);
  wantedAgents(plan);
}

/** Throws `invalid-scenario`: how many machines there will be, nobody can guess. */
function wantedAgents({ workers }: RunPlan): number {
  if (workers.agents !== 'auto') return workers.agents;
  throw new BootstormError(
    'invalid-scenario',
    'workers.agents: with --redis the number of agents has to be named',
    {
      hint: 'say --agents N, and start `bootstorm agent --redis URL` N times',
    },
  );
}

/** Ctrl-C ends the waiting. */
async function gather(
  { plan, say, interrupted }: ClusterStormOptions,
  run: ClusterRun,
  agents: number,
): ReturnType<typeof gatherAgents> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  if (interrupted) abort();
  process.on('SIGINT', abort).on('SIGTERM', abort);
  try {
    const { signal } = controller;
    const members = await gatherAgents({ run, agents, waitSeconds: plan.cluster.waitSeconds, say, signal });
    if (members === null) say('interrupted while waiting for agents: nothing was started');
    return members;
  } finally {
    process.off('SIGINT', abort).off('SIGTERM', abort);
  }
}
