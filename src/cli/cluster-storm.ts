/** A storm whose agents are on other machines. Loaded only where one is wanted: it brings the clients of Redis. */
import { ClusterFleet } from '../coordinator/cluster-fleet.ts';
import { ClusterRun, type RunPlace } from '../coordinator/cluster-run.ts';
import { takeRunOver } from '../coordinator/take-over.ts';
import { divideRun } from '../coordinator/cluster-terms.ts';
import { gatherAgents } from '../coordinator/gathering.ts';
import type { LoggedEntry } from '../coordinator/run-log.ts';
import type { BootstormError } from '../errors.ts';
import { redisName } from '../redis/address.ts';
import type { LogFormat } from '../scenario/schema.ts';
import type { CommandOutput } from './command-output.ts';
import type { EarlySignals } from './early-signals.ts';
import type { ExitReason } from './exit-codes.ts';
import { machineCapacity } from './machine.ts';
import { wantedAgents } from './run-place.ts';
import { runStorm, type StormOptions } from './storm.ts';
import { toolVersion } from './version.ts';

export interface ClusterStormOptions
  extends Omit<StormOptions, 'budget' | 'exportsPhones' | 'fleet' | 'interrupted' | 'onReport' | 'resumed'> {
  /** URL. */
  readonly redis: string;
  /** Ctrl-C up to here, and until the run listens itself. */
  readonly early: EarlySignals;
  readonly say: (line: string) => void;
}

const LAB_WARNING =
  'the lab is on this machine, on loopback: agents on other machines do not reach it, only those that run here';

const GONE_LAB_WARNING = 'the lab was on the machine of the coordinator before this one, and ended with it';

/** Waits for the agents, then runs the storm on them. */
export async function runClusterStorm(options: ClusterStormOptions): Promise<ExitReason> {
  const { plan, redis, id, early, say } = options;
  const agents = wantedAgents(plan);
  const run = await openRun(options, agents);
  if (run === null) return 'aborted';
  let entries: readonly LoggedEntry[] = [];
  try {
    say(`run ${id} at ${redisName(redis)}: waiting for ${agents} ${agents === 1 ? 'agent' : 'agents'}`);
    const { waitSeconds } = plan.cluster;
    const members = await gatherAgents({ run, agents, waitSeconds, say, signal: early.signal });
    if (members === null) return interrupted('agents', say);
    const { terms, budget } = divideRun(plan, members, machineCapacity().ephemeralPorts);
    await run.settle(terms, budget.workers);
    return await runStorm({
      ...options,
      budget,
      interrupted: early.release(),
      exportsPhones: false,
      onReport: () => run.end(entries),
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

/**
 * Coordinates a run whose coordinator has ended. A lab has ended with it.
 *
 * @param logFormat null: as the run has it
 */
export async function attachStorm(
  place: RunPlace & { readonly metricsLinger: number | null },
  logFormat: LogFormat | null,
  output: CommandOutput,
): Promise<ExitReason> {
  if (logFormat !== null) output.speak({ logFormat, quiet: false });
  const say = (line: string): void => output.say(line);
  const { run, plan, state, entries: earlier } = await takeRunOver(place, toolVersion(), say);
  output.speak({ ...plan.output, ...(logFormat === null ? {} : { logFormat }) });
  let entries = earlier;
  try {
    const members = [...run.book.members.values()];
    const { budget } = divideRun(plan, members, machineCapacity().ephemeralPorts);
    const { size: shardCount } = run.book.epochs;
    say(
      `run ${run.id} at ${redisName(place.url)}: taken over, ${members.length} agents, ${shardCount} shards`,
    );
    const metricsLinger = place.metricsLinger ?? plan.output.metricsLinger;
    return await runStorm({
      plan: { ...plan, output: { ...plan.output, metricsLinger } },
      budget,
      output,
      id: run.id,
      lab: null,
      warnings: plan.target.type === 'lab' ? [GONE_LAB_WARNING] : [],
      interrupted: false,
      exportsPhones: false,
      onReport: () => run.end(entries),
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

/** Null: the signal came first. */
async function openRun(
  { redis, id, early, say }: ClusterStormOptions,
  agents: number,
): Promise<ClusterRun | null> {
  const { signal } = early;
  const onWait = ({ message }: BootstormError): void => say(`${message}: waiting for it`);
  try {
    const place = { url: redis, run: id };
    return await ClusterRun.open(place, { agents, version: toolVersion() }, { onWait, signal });
  } catch (error) {
    if (!signal.aborted) throw error;
    interrupted('Redis', say);
    return null;
  }
}

function interrupted(awaited: string, say: (line: string) => void): ExitReason {
  say(`interrupted while waiting for ${awaited}: nothing was started`);
  return 'aborted';
}
