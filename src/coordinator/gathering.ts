/** Waiting for the agents of a run. */
import { setTimeout as pause } from 'node:timers/promises';
import { BEAT_INTERVAL_MS, type Member } from '../engine/cluster-contract.ts';
import { BootstormError } from '../errors.ts';
import { formatDuration } from '../scenario/duration.ts';
import { asked } from './cluster-book.ts';
import type { ClusterRun } from './cluster-run.ts';

export interface GatheringOptions {
  readonly run: ClusterRun;
  readonly agents: number;
  readonly waitSeconds: number;
  readonly say: (line: string) => void;
  /** Somebody does not want to wait any longer. */
  readonly signal: AbortSignal;
}

/**
 * All agents, in the order of their index; null: the signal came first. A Redis that is away is waited for, too. Throws
 * `too-few-agents` with those that came, `redis-unreachable` where it is away at the end of the wait, `run-coordinated`.
 */
export async function gatherAgents(options: GatheringOptions): Promise<readonly Member[] | null> {
  const { run, waitSeconds, say, signal } = options;
  const refusals = new Map<string, string>();
  const deadlineMs = performance.now() + waitSeconds * 1000;
  let trouble: BootstormError | null = null;
  while (!signal.aborted) {
    try {
      if (await allAreThere(options, refusals)) {
        return [...run.book.members.values()].sort((a, b) => a.index - b.index);
      }
      trouble = null;
    } catch (error) {
      if (!(error instanceof BootstormError && error.retryable)) throw error;
      if (trouble === null) say(`${error.message}: waiting for it`);
      trouble = error;
    }
    if (performance.now() >= deadlineMs) throw trouble ?? tooFew(options, refusals);
    await pause(BEAT_INTERVAL_MS / 2);
  }
  return null;
}

/** One look; keeps the lease while agents are missing. */
async function allAreThere(
  { run, agents, say }: GatheringOptions,
  refusals: Map<string, string>,
): Promise<boolean> {
  const { members } = run.book;
  const joined = await present(run);
  for (const name of members.keys()) {
    if (joined.every((member) => member.name !== name)) members.delete(name);
  }
  for (const member of joined) {
    if (members.has(member.name)) continue;
    members.set(member.name, member);
    say(`agent ${member.name} on ${member.host} has joined: ${members.size} of ${agents}`);
  }
  for (const [name, reason] of Object.entries(
    await asked(run.redis, () => run.redis.hgetall(run.keys.refusals)),
  )) {
    if (refusals.get(name) === reason) continue;
    refusals.set(name, reason);
    say(`agent ${name} was turned away: ${reason}`);
  }
  if (members.size >= agents) return true;
  await run.renew([]);
  return false;
}

async function present({ redis, keys }: ClusterRun): Promise<Member[]> {
  const all = await asked(redis, () => redis.hgetall(keys.members));
  return Object.values(all).map((text) => JSON.parse(text) as Member);
}

function tooFew(
  { run, agents, waitSeconds }: GatheringOptions,
  refusals: ReadonlyMap<string, string>,
): BootstormError {
  const names = [...run.book.members.keys()];
  const came = names.length === 0 ? 'none' : names.join(', ');
  const turnedAway = [...refusals].map(([name, reason]) => `; ${name} was turned away: ${reason}`).join('');
  return new BootstormError(
    'too-few-agents',
    `${names.length} of ${agents} agents joined within ${formatDuration(waitSeconds)} (${came})${turnedAway}`,
    {
      hint: 'start `bootstorm agent --redis URL` on each machine, or wait longer with --wait',
      retryable: true,
    },
  );
}
