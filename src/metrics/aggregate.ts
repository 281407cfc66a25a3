import { SERVER_ROLES, type Stage } from '../phone/stages.ts';
import { Histogram, type SparseHistogram } from './histogram.ts';
import { stageRecord } from './ledger.ts';
import type { LedgerState, RunState, ServerState, StageState } from './run-state.ts';
import type { ServerSnapshot } from './server-tally.ts';
import type { GeneratorSample, ShardSnapshot } from './shard-snapshot.ts';
import { type CurvePoints, endAt, peakOf, sumCurves } from './step-curve.ts';

/** A shard of the plan, and what became of it. */
export interface PlannedShard {
  readonly shard: number;
  readonly phones: number;
  /** Second since the run's start at which its agent was lost; absent or null while it is not. */
  readonly lostAtSecond?: number | null;
}

/** Whether a snapshot replaces another one of the same shard. */
export function supersedes(snapshot: ShardSnapshot, other: ShardSnapshot | undefined): boolean {
  if (other === undefined) return true;
  return snapshot.epoch !== other.epoch ? snapshot.epoch > other.epoch : snapshot.sequence > other.sequence;
}

/**
 * The run as the sum of its shards: of every planned shard the latest snapshot counts, in whatever order and how
 * often they arrive. A shard that has not spoken has not started. The phones of a lost shard are lost with it, and
 * out of service from then on, but what was measured stays measured; one that had closed its ledger before it was
 * lost has said all that the report needs.
 */
export function aggregate(shards: readonly PlannedShard[], snapshots: Iterable<ShardSnapshot>): RunState {
  const latest = latestByShard(snapshots);
  const parts: Part[] = [];
  for (const shard of shards) {
    const snapshot = latest.get(shard.shard);
    const lost = typeof shard.lostAtSecond === 'number' && snapshot?.ledgerClosed !== true;
    parts.push({ shard, snapshot, lost });
  }
  const spoken = parts.flatMap(({ snapshot }) => snapshot ?? []);
  const alive = parts.flatMap(({ snapshot, lost }) => (snapshot === undefined || lost ? [] : [snapshot]));
  return {
    asked: shards.reduce((sum, shard) => sum + shard.phones, 0),
    ledger: ledgerOf(parts),
    inStage: stageRecord((stage) => total(alive, (snapshot) => snapshot.inStage[stage])),
    stages: stageRecord((stage) => stageState(spoken, stage)),
    failures: sumRows(spoken.flatMap((snapshot) => snapshot.failures)),
    unfinished: sumRows(alive.flatMap((snapshot) => snapshot.unfinished)),
    recovery: {
      fromPower: merged(spoken, (snapshot) => snapshot.recovery.fromPower),
      network: merged(spoken, (snapshot) => snapshot.recovery.network),
      inService: sumCurves(parts.flatMap((part) => curveOf(part, (s) => s.recovery.inService))),
    },
    servers: serversOf(parts),
    ...activityOf(spoken),
    generator: generatorOf(spoken),
    shards: {
      planned: shards.length,
      reporting: spoken.length,
      lost: parts.filter((part) => part.lost).length,
      ledgerClosed: parts.every((part) => part.lost || part.snapshot?.ledgerClosed === true),
    },
  };
}

interface Part {
  readonly shard: PlannedShard;
  readonly snapshot: ShardSnapshot | undefined;
  readonly lost: boolean;
}

function latestByShard(snapshots: Iterable<ShardSnapshot>): Map<number, ShardSnapshot> {
  const latest = new Map<number, ShardSnapshot>();
  for (const snapshot of snapshots) {
    if (supersedes(snapshot, latest.get(snapshot.shard))) latest.set(snapshot.shard, snapshot);
  }
  return latest;
}

function ledgerOf(parts: readonly Part[]): Record<LedgerState, number> {
  const ledger: Record<LedgerState, number> = {
    notStarted: 0,
    trying: 0,
    registered: 0,
    ready: 0,
    dropped: 0,
    failed: 0,
    lostWithAgent: 0,
  };
  for (const { shard, snapshot, lost } of parts) {
    if (lost) ledger.lostWithAgent += shard.phones;
    else if (snapshot === undefined) ledger.notStarted += shard.phones;
    else for (const state of keysOf(snapshot.phones)) ledger[state] += snapshot.phones[state];
  }
  return ledger;
}

function stageState(snapshots: readonly ShardSnapshot[], stage: Stage): StageState {
  return {
    attempts: total(snapshots, (snapshot) => snapshot.stages[stage].attempts),
    failures: total(snapshots, (snapshot) => snapshot.stages[stage].failures),
    latency: merged(snapshots, (snapshot) => snapshot.stages[stage].latency),
    fromIntendedStart: merged(snapshots, (snapshot) => snapshot.stages[stage].fromIntendedStart),
  };
}

type Activity = Pick<
  RunState,
  | 'registration'
  | 'registrations'
  | 'unregistrations'
  | 'servicesLost'
  | 'restarts'
  | 'transfers'
  | 'retransmissions'
  | 'keepAlive'
>;

function activityOf(snapshots: readonly ShardSnapshot[]): Activity {
  return {
    registration: merged(snapshots, (snapshot) => snapshot.registration),
    registrations: total(snapshots, (snapshot) => snapshot.registrations),
    unregistrations: total(snapshots, (snapshot) => snapshot.unregistrations),
    servicesLost: total(snapshots, (snapshot) => snapshot.servicesLost),
    restarts: total(snapshots, (snapshot) => snapshot.restarts),
    transfers: {
      outcomes: {
        received: total(snapshots, (snapshot) => snapshot.transfers.outcomes.received),
        'not-found': total(snapshots, (snapshot) => snapshot.transfers.outcomes['not-found']),
        failed: total(snapshots, (snapshot) => snapshot.transfers.outcomes.failed),
      },
      bytes: total(snapshots, (snapshot) => snapshot.transfers.bytes),
      latency: merged(snapshots, (snapshot) => snapshot.transfers.latency),
    },
    retransmissions: {
      dhcp: total(snapshots, (snapshot) => snapshot.retransmissions.dhcp),
      tftp: total(snapshots, (snapshot) => snapshot.retransmissions.tftp),
      dns: total(snapshots, (snapshot) => snapshot.retransmissions.dns),
    },
    keepAlive: merged(snapshots, (snapshot) => snapshot.keepAlive),
  };
}

/** A process serves several shards and reports itself with each of them: it is counted once, by its highest figures. */
function generatorOf(snapshots: readonly ShardSnapshot[]): RunState['generator'] {
  const samples = snapshots.flatMap((snapshot) => snapshot.generator ?? []);
  const perAgent = (of: (sample: GeneratorSample) => number): number => {
    const byAgent = new Map<string, number>();
    for (const sample of samples) {
      byAgent.set(sample.agent, Math.max(byAgent.get(sample.agent) ?? 0, of(sample)));
    }
    return total([...byAgent.values()], (value) => value);
  };
  return {
    lateness: merged(snapshots, (snapshot) => snapshot.lateness),
    eventLoopLag: merged(snapshots, (snapshot) => snapshot.eventLoopLag),
    worstWindow: {
      lateness: highest(snapshots, (snapshot) => snapshot.worstWindow.lateness),
      eventLoopLag: highest(snapshots, (snapshot) => snapshot.worstWindow.eventLoopLag),
    },
    cpuSeconds: perAgent((sample) => sample.cpuSeconds),
    rssBytes: perAgent((sample) => sample.rssBytes),
    peakRssBytes: perAgent((sample) => sample.peakRssBytes),
    openSockets: total(samples, (sample) => sample.openSockets),
    datagramsSent: total(samples, (sample) => sample.datagramsSent),
    datagramsReceived: total(samples, (sample) => sample.datagramsReceived),
  };
}

function serversOf(parts: readonly Part[]): ServerState[] {
  const groups = new Map<string, { part: Part; server: ServerSnapshot }[]>();
  for (const part of parts) {
    for (const server of part.snapshot?.servers ?? []) {
      const key = `${server.role} ${server.address}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [{ part, server }]);
      else group.push({ part, server });
    }
  }
  return [...groups.values()].map(serverState).sort(byRoleAndAddress);
}

function serverState(group: readonly { part: Part; server: ServerSnapshot }[]): ServerState {
  const [first] = group as [{ part: Part; server: ServerSnapshot }];
  const { role, address } = first.server;
  const curves = group.map(({ part, server }) => cutIfLost(part, server.registered));
  return {
    role,
    address,
    attempts: total(group, ({ server }) => server.attempts),
    refused: total(group, ({ server }) => server.refused),
    resets: total(group, ({ server }) => server.resets),
    registeredNow: total(group, ({ part, server }) => (part.lost ? 0 : server.registeredNow)),
    registeredPeak: peakOf(sumCurves(curves)),
    latency: merged(group, ({ server }) => server.latency),
  };
}

function byRoleAndAddress(a: ServerState, b: ServerState): number {
  const role = SERVER_ROLES.indexOf(a.role) - SERVER_ROLES.indexOf(b.role);
  return role !== 0 ? role : a.address.localeCompare(b.address, 'en', { numeric: true });
}

function curveOf(part: Part, of: (snapshot: ShardSnapshot) => CurvePoints): CurvePoints[] {
  return part.snapshot === undefined ? [] : [cutIfLost(part, of(part.snapshot))];
}

function cutIfLost(part: Part, curve: CurvePoints): CurvePoints {
  return part.lost ? endAt(curve, part.shard.lostAtSecond ?? 0) : curve;
}

interface Row {
  readonly stage: string;
  readonly cause: string;
  readonly server: string | null;
  readonly state?: string;
  readonly count: number;
}

/** Rows that differ in nothing but their count become one; the most frequent come first. */
function sumRows<R extends Row>(rows: readonly R[]): R[] {
  const sums = new Map<string, R>();
  for (const row of rows) {
    const key = `${row.state ?? ''} ${row.stage} ${row.cause} ${row.server ?? ''}`;
    const sum = sums.get(key);
    sums.set(key, sum === undefined ? row : { ...sum, count: sum.count + row.count });
  }
  return [...sums]
    .sort(([keyA, a], [keyB, b]) => b.count - a.count || (keyA < keyB ? -1 : 1))
    .map(([, row]) => row);
}

function total<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}

function highest<T>(items: readonly T[], of: (item: T) => number | null): number | null {
  const values = items.map(of).filter((value) => value !== null);
  return values.length === 0 ? null : Math.max(...values);
}

function merged<T>(items: readonly T[], of: (item: T) => SparseHistogram): Histogram {
  const histogram = new Histogram();
  for (const item of items) histogram.mergeSparse(of(item));
  return histogram;
}

function keysOf<Key extends string>(record: Readonly<Record<Key, unknown>>): Key[] {
  return Object.keys(record) as Key[];
}
