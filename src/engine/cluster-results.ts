/** The file in which an agent leaves what nobody took over. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BootstormError } from '../errors.ts';
import type { AgentState } from '../metrics/agent-facts.ts';
import type { RampState } from '../ramp/ramp-store.ts';
import type { RunPlan } from '../scenario/plan.ts';
import { type AgentResult, renderAgentResult } from './agent-result.ts';
import type { AgentClock } from './cluster-clock.ts';
import type { Member } from './cluster-contract.ts';
import { type ClusterShards, failureText } from './cluster-shards.ts';

export interface LeftOver {
  readonly run: string;
  readonly member: Member;
  readonly state: AgentState;
  readonly clock: AgentClock;
  /** With instants of this machine. */
  readonly schedule: RampState<RunPlan>;
  readonly shards: ClusterShards;
}

/** Writes `FOLDER/RUN/agent-NAME.json` and returns its path. Throws `file-unreadable`. */
export function writeAgentResult(leftOver: LeftOver, folder: string): string {
  const place = join(folder, inFileName(leftOver.run));
  const path = join(place, `agent-${inFileName(leftOver.member.name)}.json`);
  try {
    mkdirSync(place, { recursive: true });
    writeFileSync(path, renderAgentResult(resultOf(leftOver)));
  } catch (cause) {
    throw new BootstormError('file-unreadable', `cannot write ${path}: ${(cause as Error).message}`, {
      cause,
      hint: 'choose another folder with --results',
    });
  }
  return path;
}

function resultOf({ run, member, state, clock, schedule, shards }: LeftOver): Omit<AgentResult, 'format'> {
  const { plan, startAtMs, steers, stop } = schedule;
  if (plan === null) throw new Error('a shard ended before its plan was known');
  const secondOf = (ms: number): number => (ms - (startAtMs ?? ms)) / 1000;
  return {
    version: member.version,
    node: process.version,
    run,
    agent: { name: member.name, index: member.index, host: member.host, state },
    clock: { errorMs: clock.errorMs, driftMs: clock.driftMs },
    plan,
    shards: shards.total,
    startUtc: startAtMs === null ? null : clock.utcOf(startAtMs),
    steers: steers.map(({ fromMs, slope }) => ({ fromSecond: secondOf(fromMs), slope })),
    stop: stop && { kind: stop.kind, atSecond: startAtMs === null ? null : secondOf(stop.atMs) },
    results: shards.leftOver().map(({ end, snapshot, rows }) => ({
      shard: end.grant.shard,
      epoch: end.grant.epoch,
      snapshot,
      rows: [...rows],
      fencedAfterMs: end.result?.fencedAfterMs ?? null,
      failure: failureText(end),
    })),
  };
}

/** The run's name comes from Redis: it must not lead to another folder. */
function inFileName(name: string): string {
  return name.replaceAll(/[^\w.-]|^\.+/g, '_');
}
