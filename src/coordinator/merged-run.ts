/**
 * A run from the files that its agents wrote when nobody was there to collect what they had: the coordinator was gone,
 * or Redis was.
 */
import type { AgentResult } from '../engine/agent-result.ts';
import { BootstormError } from '../errors.ts';
import { aggregate } from '../metrics/aggregate.ts';
import type { FleetAgent } from '../metrics/agent-facts.ts';
import type { PlannedWave } from '../metrics/run-facts.ts';
import type { RunState } from '../metrics/run-state.ts';
import type { PlannedShard } from '../metrics/shard-part.ts';
import { endOf } from '../metrics/step-curve.ts';
import { packedText } from '../redis/packing.ts';
import type { RunPlan } from '../scenario/plan.ts';
import { shardSize } from '../schedule/shards.ts';
import { RowRoll } from './row-roll.ts';

export interface ResultFile {
  readonly file: string;
  readonly result: AgentResult;
}

export interface MergedRun {
  readonly id: string;
  /** Versions of Node that the agents had. */
  readonly node: string;
  readonly plan: RunPlan;
  readonly shards: number;
  readonly startedUtc: string | null;
  readonly durationSeconds: number;
  readonly steers: AgentResult['steers'];
  /** Everything was to end at once, not in order. */
  readonly stoppedAtOnce: boolean;
  readonly agents: readonly FleetAgent[];
  /** What happened to agents, by name. */
  readonly troubles: ReadonlyMap<string, string>;
  readonly state: RunState;
  readonly waves: readonly PlannedWave[];
  readonly rows: RowRoll;
  /** What a reader should know of how it was put together, one sentence each. */
  readonly warnings: readonly string[];
}

type Grant = AgentResult['results'][number];

/** Throws `file-unreadable` for files that do not belong together, with everything that keeps them apart. */
export function mergeResults(files: readonly ResultFile[]): MergedRun {
  const [first] = files;
  if (first === undefined) throw new RangeError('there is nothing to merge');
  const problems = contradictions(files, first);
  if (problems.length > 0) {
    throw new BootstormError(
      'file-unreadable',
      `these files do not make one run:\n  ${problems.join('\n  ')}`,
      {
        hint: 'name the files of one run, each once: bootstorm-results/RUN/agent-*.json of all its machines',
      },
    );
  }
  const { run: id, plan, shards } = first.result;
  const results = files.map(({ result }) => result);
  const grants = newestGrants(results);
  const startedUtc = earliest(results.flatMap(({ startUtc }) => startUtc ?? []));
  const durationSeconds = durationOf(results);
  const state = stateOf(first.result, grants, startedUtc === null ? null : durationSeconds);
  return {
    id,
    node: [...new Set(results.map(({ node }) => node))].join(', '),
    plan,
    shards,
    startedUtc,
    durationSeconds,
    steers: longest(results.map(({ steers }) => steers)),
    stoppedAtOnce: results.some(({ stop }) => stop?.kind === 'now'),
    agents: results.map((result) => agentOf(result, grants)),
    troubles: troublesOf(results),
    state,
    waves: [...plan.waves, ...restartsOf(plan, state, grants)],
    rows: rowsOf(grants),
    warnings: warningsOf(results, grants, first.result),
  };
}

function contradictions(files: readonly ResultFile[], first: ResultFile): string[] {
  const plan = packedText(first.result.plan);
  const problems: string[] = [];
  const fileOf = new Map<string, string>();
  /** The file that has the same already. */
  const twinOf = (thing: string, file: string): string | undefined => {
    const twin = fileOf.get(thing);
    if (twin === undefined) fileOf.set(thing, file);
    return twin;
  };
  for (const { file, result } of files) {
    const { run, shards, agent } = result;
    const stranger = strangerText(result, first, plan);
    if (stranger !== null) problems.push(`${file}: ${stranger}`);
    if (run !== first.result.run) continue;
    const twin = twinOf(`agent ${agent.name}`, file);
    if (twin !== undefined) {
      problems.push(`${file}: is of agent ${agent.name}, as ${twin} is`);
      continue;
    }
    for (const { shard, epoch } of result.results) {
      if (shard < 0 || shard >= shards) problems.push(`${file}: has shard ${shard} of ${shards}`);
      const other = twinOf(`shard ${shard} in epoch ${epoch}`, file);
      if (other !== undefined)
        problems.push(`${file}: has shard ${shard} in epoch ${epoch}, as ${other} has`);
    }
  }
  return problems;
}

/** Why a file is not of the same run as the first; null: it is. */
function strangerText({ run, plan, shards }: AgentResult, first: ResultFile, itsPlan: string): string | null {
  if (run !== first.result.run) return `is of run ${run}, ${first.file} of run ${first.result.run}`;
  if (packedText(plan) !== itsPlan) return `has another plan than ${first.file}`;
  return shards === first.result.shards ? null : `has ${shards} shards, ${first.file} ${first.result.shards}`;
}

/** Of each shard the grant that counts: one that was begun anew elsewhere does not. */
function newestGrants(results: readonly AgentResult[]): Map<number, Grant> {
  const newest = new Map<number, Grant>();
  for (const grant of results.flatMap((result) => result.results)) {
    const other = newest.get(grant.shard);
    if (other === undefined || grant.epoch > other.epoch) newest.set(grant.shard, grant);
  }
  return newest;
}

/** Phones of a shard that is in no file, or that did not come to its end, are lost. */
function stateOf(
  { plan, shards }: AgentResult,
  grants: ReadonlyMap<number, Grant>,
  endSecond: number | null,
): RunState {
  const planned = Array.from({ length: shards }, (_, shard): PlannedShard => {
    const snapshot = grants.get(shard)?.snapshot ?? null;
    const lostAtSecond = snapshot === null ? 0 : Math.ceil(endSecond ?? 0);
    return {
      shard,
      phones: shardSize({ index: shard, of: shards }, plan.phoneCount),
      lostAtSecond: endSecond === null || snapshot?.ledgerClosed === true ? null : lostAtSecond,
    };
  });
  return aggregate(
    planned,
    [...grants.values()].flatMap(({ snapshot }) => snapshot ?? []),
  );
}

/** Where no end was ordered, what was measured last is the end. */
function durationOf(results: readonly AgentResult[]): number {
  const ordered = results.flatMap(({ stop }) => stop?.atSecond ?? []);
  if (ordered.length > 0) return Math.max(0, ...ordered);
  const curves = results.flatMap((result) =>
    result.results.map(({ snapshot }) => (snapshot === null ? 0 : endOf(snapshot.recovery.inService))),
  );
  return Math.max(0, ...curves);
}

function agentOf({ agent, clock, results }: AgentResult, grants: ReadonlyMap<number, Grant>): FleetAgent {
  return {
    name: agent.name,
    host: agent.host,
    state: agent.state,
    shards: results.filter((grant) => grants.get(grant.shard) === grant).map(({ shard }) => shard),
    clockErrorMs: clock.errorMs,
    clockDriftMs: clock.driftMs,
  };
}

function troublesOf(results: readonly AgentResult[]): Map<string, string> {
  const troubles = new Map<string, string>();
  for (const { agent, results: grants } of results) {
    const slept = Math.max(0, ...grants.map(({ fencedAfterMs }) => fencedAfterMs ?? 0));
    const failures = new Set(grants.flatMap(({ failure }) => failure ?? []));
    if (slept > 0)
      failures.add(`was asleep for ${(slept / 1000).toFixed(1)} s and has closed its connections`);
    if (failures.size > 0) troubles.set(agent.name, [...failures].join('; '));
  }
  return troubles;
}

function rowsOf(grants: ReadonlyMap<number, Grant>): RowRoll {
  const roll = new RowRoll();
  for (const { rows } of grants.values()) for (const chunk of rows) roll.take(chunk);
  return roll;
}

/** Waves behind those of the plan are of phones that began anew; when and how many, their shards tell. */
function restartsOf(plan: RunPlan, state: RunState, grants: ReadonlyMap<number, Grant>): PlannedWave[] {
  return state.recovery.waves.slice(plan.waves.length).map(({ phones }, i) => {
    const starts = [...grants.values()].flatMap(({ snapshot }) => {
      const isOfWave = (snapshot?.recovery.waves[plan.waves.length + i]?.phones ?? 0) > 0;
      return isOfWave && snapshot?.firstStart ? [snapshot.firstStart.intendedMs / 1000] : [];
    });
    return {
      name: `restart ${i + 1}`,
      startSeconds: Math.max(0, Math.min(...starts)),
      phones,
      isRestart: true,
    };
  });
}

function warningsOf(
  results: readonly AgentResult[],
  grants: ReadonlyMap<number, Grant>,
  { shards, plan }: AgentResult,
): string[] {
  const absent = Array.from({ length: shards }, (_, shard) => shard).filter((shard) => !grants.has(shard));
  const phones = absent.reduce((sum, index) => sum + shardSize({ index, of: shards }, plan.phoneCount), 0);
  const older = results.flatMap(({ agent, results: own }) =>
    own
      .filter((grant) => grants.get(grant.shard) !== grant)
      .map(
        ({ shard, epoch }) =>
          `shard ${shard} of ${agent.name} (epoch ${epoch}) is left out: it was begun anew elsewhere`,
      ),
  );
  return [
    `put together from the files of ${results.length} agents: why the run ended is not known, nor what its coordinator logged`,
    ...(absent.length === 0
      ? []
      : [`in no file, and lost with their ${phones} phones: shards ${absent.join(', ')}`]),
    ...older,
  ];
}

function earliest(instants: readonly string[]): string | null {
  return instants.length === 0 ? null : instants.reduce((a, b) => (b < a ? b : a));
}

function longest<Item>(lists: readonly (readonly Item[])[]): Item[] {
  return [...lists.reduce((a, b) => (b.length > a.length ? b : a), [])];
}
