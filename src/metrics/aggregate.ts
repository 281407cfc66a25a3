import type { Stage } from '../phone/stages.ts';
import { mergeFailureTexts } from './failure-texts.ts';
import { type FailureRow, stageRecord } from './ledger.ts';
import { mergeSecurity } from './merge-security.ts';
import { mergeServers, mergeTokens } from './merge-servers.ts';
import { mergeSites } from './merge-sites.ts';
import type { LedgerState, RunState, StageState, WaveState } from './run-state.ts';
import { cutIfLost, type PlannedShard, type ShardPart } from './shard-part.ts';
import { type FirstStart, type GeneratorSample, NO_POWER, type ShardSnapshot } from './shard-snapshot.ts';
import { mergeStragglers } from './stragglers.ts';
import { type CurvePoints, sumCurves } from './step-curve.ts';
import { highest, keysOf, lowest, merged, sumRows, total, totals } from './sums.ts';

/** Whether a snapshot replaces another one of the same shard. */
export function supersedes(snapshot: ShardSnapshot, other: ShardSnapshot | undefined): boolean {
  if (other === undefined) return true;
  return snapshot.epoch !== other.epoch ? snapshot.epoch > other.epoch : snapshot.sequence > other.sequence;
}

/**
 * The run as the sum of its shards: of every planned shard the latest snapshot counts, in whatever order and how
 * often they arrive. A shard that has not spoken has not started. The phones of a lost shard are lost with it, and
 * out of service from then on, but what was measured stays measured; one that had closed its ledger before it was
 * lost has said all that the report needs. Where a lost shard has begun anew, its phones count with the newer grant:
 * so do the times to their first service, of which a phone has one.
 */
export function aggregate(shards: readonly PlannedShard[], snapshots: Iterable<ShardSnapshot>): RunState {
  const latest = latestByShard(snapshots);
  const parts: ShardPart[] = [];
  for (const shard of shards) {
    const snapshot = latest.get(partKey(shard.shard, shard.epoch));
    parts.push({ shard, snapshot, lostAtSecond: lossOf(shard, snapshot) });
  }
  const spoken = parts.flatMap(({ snapshot }) => snapshot ?? []);
  const security = mergeSecurity(parts);
  const alive = parts.flatMap(({ snapshot, lostAtSecond }) =>
    snapshot === undefined || lostAtSecond !== null ? [] : [snapshot],
  );
  const counted = parts.flatMap(({ shard, snapshot }) => (shard.phones === 0 ? [] : (snapshot ?? [])));
  return {
    asked: shards.reduce((sum, shard) => sum + shard.phones, 0),
    ledger: ledgerOf(parts),
    inStage: stageRecord((stage) => total(alive, (snapshot) => snapshot.inStage[stage])),
    stages: stageRecord((stage) => stageState(spoken, stage)),
    failures: sumRows(
      spoken.flatMap((snapshot) => snapshot.failures),
      rowKey,
    ),
    failureTexts: mergeFailureTexts(spoken.flatMap((snapshot) => snapshot.failureTexts)),
    stragglers: mergeStragglers(alive.map((snapshot) => snapshot.stragglers)),
    unfinished: sumRows(
      alive.flatMap((snapshot) => snapshot.unfinished),
      rowKey,
    ),
    recovery: {
      fromPower: merged(counted, (snapshot) => snapshot.recovery.fromPower),
      network: merged(counted, (snapshot) => snapshot.recovery.network),
      inService: sumCurves(parts.flatMap((part) => curveOf(part, (s) => s.recovery.inService))),
      waves: wavesOf(spoken),
    },
    servers: mergeServers(parts),
    sites: mergeSites(parts),
    tokens: mergeTokens(parts),
    security,
    registration: merged(Object.values(security.registration), (level) => level.toSparse()),
    ...activityOf(spoken),
    generator: { ...generatorOf(spoken, alive), toldUntilMs: toldUntil(parts) },
    power: {
      ...totals(
        NO_POWER,
        spoken.map(({ power }) => power),
      ),
      eventsLeft: total(alive, ({ power }) => power.eventsLeft),
    },
    shards: {
      planned: new Set(shards.map(({ shard }) => shard)).size,
      reporting: new Set(spoken.map(({ shard }) => shard)).size,
      lost: parts.flatMap(({ shard, lostAtSecond }) =>
        lostAtSecond !== null && shard.phones > 0 ? [shard.shard] : [],
      ),
      ledgerClosed: parts.every(
        ({ snapshot, lostAtSecond }) => lostAtSecond !== null || snapshot?.ledgerClosed === true,
      ),
    },
  };
}

/** When its phones were lost, second since the run's start; null: they were not. */
function lossOf({ phones, lostAtSecond = null }: PlannedShard, snapshot?: ShardSnapshot): number | null {
  const goneAtSecond = snapshot?.goneAtSecond ?? null;
  if (lostAtSecond === null || goneAtSecond !== null) return lostAtSecond ?? goneAtSecond;
  return snapshot?.ledgerClosed === true && phones > 0 ? null : lostAtSecond;
}

/** The newest snapshot of each epoch of a shard, and of the shard. */
function latestByShard(snapshots: Iterable<ShardSnapshot>): Map<string, ShardSnapshot> {
  const latest = new Map<string, ShardSnapshot>();
  for (const snapshot of snapshots) {
    const { shard, epoch } = snapshot;
    for (const key of [partKey(shard, undefined), partKey(shard, epoch)]) {
      if (supersedes(snapshot, latest.get(key))) latest.set(key, snapshot);
    }
  }
  return latest;
}

function partKey(shard: number, epoch: number | undefined): string {
  return `${shard} ${epoch ?? 'newest'}`;
}

function ledgerOf(parts: readonly ShardPart[]): Record<LedgerState, number> {
  const ledger: Record<LedgerState, number> = {
    notStarted: 0,
    trying: 0,
    registered: 0,
    ready: 0,
    dropped: 0,
    failed: 0,
    lostWithAgent: 0,
  };
  for (const { shard, snapshot, lostAtSecond } of parts) {
    if (lostAtSecond !== null) ledger.lostWithAgent += shard.phones;
    else if (snapshot === undefined) ledger.notStarted += shard.phones;
    else for (const state of keysOf(snapshot.phones)) ledger[state] += snapshot.phones[state];
  }
  return ledger;
}

function stageState(snapshots: readonly ShardSnapshot[], stage: Stage): StageState {
  return {
    attempts: total(snapshots, (snapshot) => snapshot.stages[stage].attempts),
    failures: total(snapshots, (snapshot) => snapshot.stages[stage].failures),
    failedMs: total(snapshots, (snapshot) => snapshot.stages[stage].failedMs),
    latency: merged(snapshots, (snapshot) => snapshot.stages[stage].latency),
    fromIntendedStart: merged(snapshots, (snapshot) => snapshot.stages[stage].fromIntendedStart),
  };
}

type Activity = Pick<
  RunState,
  | 'registrations'
  | 'unregistrations'
  | 'servicesLost'
  | 'restarts'
  | 'group'
  | 'transfers'
  | 'retransmissions'
  | 'keepAlive'
  | 'registrationRequestDelay'
>;

function activityOf(snapshots: readonly ShardSnapshot[]): Activity {
  return {
    registrations: total(snapshots, (snapshot) => snapshot.registrations),
    unregistrations: total(snapshots, (snapshot) => snapshot.unregistrations),
    servicesLost: total(snapshots, (snapshot) => snapshot.servicesLost),
    restarts: total(snapshots, (snapshot) => snapshot.restarts),
    group: totals(
      { failovers: 0, fallbacks: 0, phonesFailedOver: 0, phonesFellBack: 0 },
      snapshots.map(({ group }) => group),
    ),
    transfers: {
      outcomes: totals(
        { received: 0, 'not-found': 0, failed: 0 },
        snapshots.map(({ transfers }) => transfers.outcomes),
      ),
      bytes: total(snapshots, (snapshot) => snapshot.transfers.bytes),
      latency: merged(snapshots, (snapshot) => snapshot.transfers.latency),
    },
    retransmissions: totals(
      { dhcp: 0, tftp: 0, dns: 0 },
      snapshots.map(({ retransmissions }) => retransmissions),
    ),
    keepAlive: merged(snapshots, (snapshot) => snapshot.keepAlive),
    registrationRequestDelay: merged(snapshots, (snapshot) => snapshot.registrationRequestDelay),
  };
}

/**
 * A process serves several shards and reports itself with each of them: it is counted once, by its highest figures;
 * what it had before its first phone, by the lowest. Nothing that is lost has sockets or memory any more.
 */
function generatorOf(
  snapshots: readonly ShardSnapshot[],
  alive: readonly ShardSnapshot[],
): Omit<RunState['generator'], 'toldUntilMs'> {
  const samples = snapshots.flatMap((snapshot) => snapshot.generator ?? []);
  const present = alive.flatMap((snapshot) => snapshot.generator ?? []);
  return {
    lateness: merged(snapshots, (snapshot) => snapshot.lateness),
    eventLoopLag: merged(snapshots, (snapshot) => snapshot.eventLoopLag),
    worstWindow: {
      lateness: highest(snapshots, (snapshot) => snapshot.worstWindow.lateness),
      eventLoopLag: highest(snapshots, (snapshot) => snapshot.worstWindow.eventLoopLag),
    },
    longestBlockMs: highest(snapshots, (snapshot) => snapshot.longestBlockMs) ?? 0,
    cpuSeconds: perAgent(samples, Math.max, (sample) => sample.cpuSeconds),
    rssBytes: perAgent(present, Math.max, (sample) => sample.rssBytes),
    armedRssBytes: perAgent(samples, Math.min, (sample) => sample.armedRssBytes),
    peakRssBytes: perAgent(samples, Math.max, (sample) => sample.peakRssBytes),
    openSockets: total(present, (sample) => sample.openSockets),
    openDescriptors: present.some(({ openDescriptors }) => openDescriptors === null)
      ? null
      : perAgent(present, Math.max, (sample) => sample.openDescriptors ?? 0),
    descriptorLimit: perAgent(present, Math.max, (sample) => sample.descriptorLimit),
    fewestFreeDescriptors: lowest(samples, freeDescriptors),
    datagramsSent: total(samples, (sample) => sample.datagramsSent),
    datagramsReceived: total(samples, (sample) => sample.datagramsReceived),
    relayedReplies: total(samples, (sample) => sample.relayedReplies),
    droppedDatagrams: total(samples, (sample) => sample.droppedDatagrams),
    networkDrops: sumOver('network', samples, Math.max, (sample) => sample.networkDrops),
    tlsContextsBuilt: total(samples, (sample) => sample.tlsContextsBuilt),
    tlsContextsEvicted: total(samples, (sample) => sample.tlsContextsEvicted),
    firstStarts: firstStartsOf(snapshots),
  };
}

/** Of each agent the start that came first in the schedule; of several at one instant the latest. */
function firstStartsOf(snapshots: readonly ShardSnapshot[]): Map<string, FirstStart> {
  const starts = new Map<string, FirstStart>();
  for (const { generator, firstStart } of snapshots) {
    if (generator === null || firstStart === null) continue;
    const other = starts.get(generator.agent);
    const comesFirst =
      other === undefined ||
      firstStart.intendedMs < other.intendedMs ||
      (firstStart.intendedMs === other.intendedMs && firstStart.lateMs > other.lateMs);
    if (comesFirst) starts.set(generator.agent, firstStart);
  }
  return starts;
}

/** The phones of a shard that is lost have nothing more to tell. */
function toldUntil(parts: readonly ShardPart[]): number {
  const awaited = parts.filter(({ shard, lostAtSecond }) => shard.phones > 0 && lostAtSecond === null);
  return lowest(awaited, ({ snapshot }) => snapshot?.generator?.atMs ?? 0) ?? 0;
}

function freeDescriptors({ descriptorLimit, peakDescriptors }: GeneratorSample): number | null {
  return peakDescriptors === null ? null : descriptorLimit - peakDescriptors;
}

/** The sum over processes of what stands for each. */
function perAgent(
  samples: readonly GeneratorSample[],
  choose: (a: number, b: number) => number,
  of: (sample: GeneratorSample) => number,
): number {
  return sumOver('agent', samples, choose, of);
}

/** The sum over what several samples have in common of what stands for each. */
function sumOver(
  common: 'agent' | 'network',
  samples: readonly GeneratorSample[],
  choose: (a: number, b: number) => number,
  of: (sample: GeneratorSample) => number,
): number {
  const chosen = new Map<string, number>();
  for (const sample of samples) {
    const value = of(sample);
    const name = sample[common];
    chosen.set(name, choose(chosen.get(name) ?? value, value));
  }
  return total([...chosen.values()], (value) => value);
}

function wavesOf(snapshots: readonly ShardSnapshot[]): WaveState[] {
  const count = Math.max(0, ...snapshots.map(({ recovery }) => recovery.waves.length));
  return Array.from({ length: count }, (_, wave) => {
    const views = snapshots.flatMap(({ recovery }) => recovery.waves[wave] ?? []);
    return {
      phones: total(views, ({ phones }) => phones),
      toService: merged(views, ({ toService }) => toService),
    };
  });
}

function curveOf(part: ShardPart, of: (snapshot: ShardSnapshot) => CurvePoints): CurvePoints[] {
  return part.snapshot === undefined ? [] : [cutIfLost(part, of(part.snapshot))];
}

function rowKey(row: FailureRow & { readonly state?: string }): string {
  return `${row.state ?? ''} ${row.stage} ${row.cause} ${row.server ?? ''}`;
}
