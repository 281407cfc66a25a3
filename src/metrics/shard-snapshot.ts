import type { Stage } from '../phone/stages.ts';
import type { FailureTextRow } from './failure-texts.ts';
import type { GroupSnapshot } from './group-tally.ts';
import type { SparseHistogram } from './histogram.ts';
import type { FailureRow, PhoneState, UnfinishedRow } from './ledger.ts';
import type { SecuritySnapshot } from './security-tally.ts';
import type { ServerSnapshot } from './server-tally.ts';
import type { SiteRow } from './site-tally.ts';
import type { CurvePoints } from './step-curve.ts';
import type { Straggler } from './stragglers.ts';
import type { WaveSnapshot } from './wave-tally.ts';

/** What the process and the sockets of a shard cost; the runner reads it once per snapshot. */
export interface GeneratorSample {
  /** Name of the agent whose process runs the shard: what that used is counted once for all its shards. */
  readonly agent: string;
  /** When this was so, ms on the run's clock: what happens later is in no figure yet. */
  readonly atMs: number;
  /** CPU time of the process, user and system, seconds. */
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  /** The same when the run was armed: what the process had before its first phone. */
  readonly armedRssBytes: number;
  readonly peakRssBytes: number;
  /** Sockets of this shard that are open now. */
  readonly openSockets: number;
  /** Open descriptors of the process, now and at most in any sample; null: the kernel does not say. */
  readonly openDescriptors: number | null;
  readonly peakDescriptors: number | null;
  readonly descriptorLimit: number;
  readonly datagramsSent: number;
  readonly datagramsReceived: number;
  /** Datagrams that came to the relay endpoint of this shard, and those that the kernel dropped at it. */
  readonly relayedReplies: number;
  readonly droppedDatagrams: number;
  /** Name of the network namespace: processes that share it tell the same figure. */
  readonly network: string;
  /** Datagrams that the kernel dropped at any UDP socket of the namespace since the start, those of servers among them. */
  readonly networkDrops: number;
  /** TLS contexts that this shard built, and those that made room for others. */
  readonly tlsContextsBuilt: number;
  readonly tlsContextsEvicted: number;
}

/** What became of the schedule's power events so far. */
export interface PowerCounts {
  /** Events that have not come yet. */
  readonly eventsLeft: number;
  /** Phones that lost power: without a word to their servers, or closing their connections in order. */
  readonly vanished: number;
  readonly closedInOrder: number;
  /** Phones whose start was withheld for some time: their agent was out of contact. */
  readonly withheld: number;
  /** Phones that were started before the agent learned of a steer by which they were not due yet. */
  readonly startedAhead: number;
}

export const NO_POWER: PowerCounts = {
  eventsLeft: 0,
  vanished: 0,
  closedInOrder: 0,
  withheld: 0,
  startedAhead: 0,
};

/** The first power-on of a shard, ms since the run's start. */
export interface FirstStart {
  readonly intendedMs: number;
  /** How late it happened. */
  readonly lateMs: number;
}

export interface StageSnapshot {
  /** Tries begun. */
  readonly attempts: number;
  /** Tries failed. */
  readonly failures: number;
  /** Time that they took, ms. */
  readonly failedMs: number;
  /** From the stage's own first try to its first pass since power return, ms: one value for each phone. */
  readonly latency: SparseHistogram;
  /** From the intended start of the phone to the first pass since power return, ms: cumulative. */
  readonly fromIntendedStart: SparseHistogram;
}

export const TRANSFER_OUTCOMES = ['received', 'not-found', 'failed'] as const;
export type TransferOutcome = (typeof TRANSFER_OUTCOMES)[number];

export interface TransferSnapshot {
  readonly outcomes: Readonly<Record<TransferOutcome, number>>;
  readonly bytes: number;
  /** Duration of transfers that brought a file, ms. */
  readonly latency: SparseHistogram;
}

export const RETRANSMITTING_PROTOCOLS = ['dhcp', 'tftp', 'dns'] as const;
export type RetransmittingProtocol = (typeof RETRANSMITTING_PROTOCOLS)[number];

/**
 * Everything that a shard has to say, as absolute state: the latest one replaces all before it, so a lost, late or
 * repeated snapshot needs no handling. Plain data: it can be cloned, or written as JSON.
 */
export interface ShardSnapshot {
  readonly shard: number;
  /** How often the shard has been handed to an agent; the higher one replaces the lower. */
  readonly epoch: number;
  /** Within the epoch, from 1. */
  readonly sequence: number;
  /** The ledger has been read for the report: what follows is the run winding down. */
  readonly ledgerClosed: boolean;
  readonly phones: Readonly<Record<PhoneState, number>>;
  readonly inStage: Readonly<Record<Stage, number>>;
  readonly stages: Readonly<Record<Stage, StageSnapshot>>;
  readonly failures: readonly FailureRow[];
  readonly failureTexts: readonly FailureTextRow[];
  readonly unfinished: readonly UnfinishedRow[];
  /** Worst first; empty until the ledger is closed. */
  readonly stragglers: readonly Straggler[];
  readonly recovery: {
    /** From the run's start (the armed instant) to the first time in service, ms. */
    readonly fromPower: SparseHistogram;
    /** From the phone's first packet to its first time in service, ms. */
    readonly network: SparseHistogram;
    /** Phones in service at each second. */
    readonly inService: CurvePoints;
    readonly waves: readonly WaveSnapshot[];
  };
  readonly servers: readonly ServerSnapshot[];
  /** By site and model. */
  readonly sites: readonly SiteRow[];
  readonly security: SecuritySnapshot;
  readonly registrations: number;
  readonly unregistrations: number;
  readonly servicesLost: number;
  readonly group: GroupSnapshot;
  readonly restarts: number;
  readonly transfers: TransferSnapshot;
  readonly retransmissions: Readonly<Record<RetransmittingProtocol, number>>;
  readonly keepAlive: SparseHistogram;
  /** From each Register to its RegisterAck, ms. */
  readonly registrationRequestDelay: SparseHistogram;
  /** How late due timers were served, ms. */
  readonly lateness: SparseHistogram;
  readonly eventLoopLag: SparseHistogram;
  /** 99th percentiles of the worst ten seconds, ms; null: nothing was recorded. */
  readonly worstWindow: { readonly lateness: number | null; readonly eventLoopLag: number | null };
  /** The longest time for which the thread's event loop stood still, ms, until the ledger was closed. */
  readonly longestBlockMs: number;
  readonly generator: GeneratorSample | null;
  readonly power: PowerCounts;
  /** Null: nobody has been started yet. */
  readonly firstStart: FirstStart | null;
  /**
   * Its phones are lost: from this second since the run's start on their process was asleep for too long, or let them
   * go before the run did.
   */
  readonly goneAtSecond: number | null;
}

/** The part of a snapshot that stands still once the ledger is closed. */
export type ReportedState = Omit<
  ShardSnapshot,
  | 'shard'
  | 'epoch'
  | 'sequence'
  | 'ledgerClosed'
  | 'stragglers'
  | 'inStage'
  | 'unregistrations'
  | 'worstWindow'
  | 'longestBlockMs'
  | 'generator'
  | 'power'
  | 'firstStart'
  | 'goneAtSecond'
>;
