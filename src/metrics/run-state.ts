import type { SecurityLevel, TrustVerdict } from '../phone/boot-event.ts';
import type { ServerRole, Stage } from '../phone/stages.ts';
import type { FailureTextRow } from './failure-texts.ts';
import type { GroupSnapshot } from './group-tally.ts';
import type { Histogram } from './histogram.ts';
import type { FailureRow, PhoneState, UnfinishedRow } from './ledger.ts';
import type { CapfOperation, HandshakeOutcome, TrustList, TvsOutcome } from './security-tally.ts';
import type { LossRow, TlsSuiteRow, TokenOutcome } from './server-tally.ts';
import type { FirstStart, PowerCounts, RetransmittingProtocol, TransferOutcome } from './shard-snapshot.ts';
import type { SiteRow } from './site-tally.ts';
import type { CurvePoints } from './step-curve.ts';
import type { Straggler } from './stragglers.ts';

/** The states of the ledger: those that a shard knows, and the one that only its absence tells. */
export type LedgerState = PhoneState | 'lostWithAgent';

export interface StageState {
  readonly attempts: number;
  readonly failures: number;
  /** Time in tries that failed, of all phones together, ms. */
  readonly failedMs: number;
  /** From the stage's own first try to its first pass, ms. */
  readonly latency: Histogram;
  /** From the intended start to the first pass, ms. */
  readonly fromIntendedStart: Histogram;
}

export interface WaveState {
  /** Phones that got power with it. */
  readonly phones: number;
  /** From the wave's start to each phone's first time in service after it, ms. */
  readonly toService: Histogram;
}

export interface ServerState {
  readonly role: ServerRole;
  readonly address: string;
  readonly attempts: number;
  readonly refused: number;
  readonly resets: number;
  readonly registeredNow: number;
  /** The highest number of phones registered with it at the end of any second. */
  readonly registeredPeak: number;
  readonly standbyNow: number;
  readonly standbyLost: number;
  readonly standbyFailed: number;
  readonly failedOverTo: number;
  readonly failedOverFrom: number;
  readonly fellBackTo: number;
  /** Registrations that were lost, most frequent cause first. */
  readonly lost: readonly LossRow[];
  readonly tokens: TokenState;
  /** Of a CallManager. */
  readonly tls: ServerTls;
  readonly latency: Histogram;
}

/** What phones and a CallManager agreed on. */
export interface ServerTls {
  readonly handshakes: Readonly<Record<HandshakeOutcome, number>>;
  /** By version and suite, most frequent first. */
  readonly suites: readonly TlsSuiteRow[];
}

/** What the phones of a run did about security. */
export interface SecurityState {
  /** Phones in service. */
  readonly inService: Readonly<Record<SecurityLevel, number>>;
  /** Durations, ms. */
  readonly handshakes: Readonly<Record<HandshakeOutcome, Histogram>>;
  readonly registration: Readonly<Record<SecurityLevel, Histogram>>;
  readonly trustLists: Readonly<Record<TrustList, Readonly<Record<TrustVerdict, number>>>>;
  /** Trust lists that were refused, by cause. */
  readonly trustListRefusals: readonly LossRow[];
  readonly tvs: Readonly<Record<TvsOutcome, number>>;
  readonly enrolments: Readonly<Record<CapfOperation, number>>;
}

export interface TokenState {
  readonly outcomes: Readonly<Record<TokenOutcome, number>>;
  readonly roundTrip: Histogram;
  /** The waits that rejections ordered, ms. */
  readonly wait: Histogram;
}

/** A whole run as the sum of its shards: what live view, Prometheus and report read. */
export interface RunState {
  /** Phones in the plan. */
  readonly asked: number;
  /** Each phone in exactly one state; the sum is `asked`. `registered` does not include `ready` here. */
  readonly ledger: Readonly<Record<LedgerState, number>>;
  readonly inStage: Readonly<Record<Stage, number>>;
  readonly stages: Readonly<Record<Stage, StageState>>;
  /** Attempts that failed, most frequent first. */
  readonly failures: readonly FailureRow[];
  /** What was said or found where they failed, most frequent first. */
  readonly failureTexts: readonly FailureTextRow[];
  /** Phones that began to boot and are not registered, most frequent first. */
  readonly unfinished: readonly UnfinishedRow[];
  /** Worst first; empty until ledgers are closed, and without the phones of lost agents. */
  readonly stragglers: readonly Straggler[];
  readonly recovery: {
    readonly fromPower: Histogram;
    readonly network: Histogram;
    readonly inService: CurvePoints;
    /** By number; a wave that gave power to nobody yet has no phones. */
    readonly waves: readonly WaveState[];
  };
  /** By role in the order of a boot, then by address. */
  readonly servers: readonly ServerState[];
  /** Phones of the shards that have spoken, by site and model. */
  readonly sites: readonly SiteRow[];
  readonly registration: Histogram;
  readonly security: SecurityState;
  readonly registrations: number;
  readonly unregistrations: number;
  readonly servicesLost: number;
  readonly group: GroupSnapshot;
  /** Of all CallManagers. */
  readonly tokens: TokenState;
  readonly restarts: number;
  readonly transfers: {
    readonly outcomes: Readonly<Record<TransferOutcome, number>>;
    readonly bytes: number;
    readonly latency: Histogram;
  };
  readonly retransmissions: Readonly<Record<RetransmittingProtocol, number>>;
  readonly keepAlive: Histogram;
  /**
   * From each Register to its RegisterAck, ms: RRD of RFC 6076 section 4.1, of which only registrations that succeed
   * have one. A phone that registers again counts again.
   */
  readonly registrationRequestDelay: Histogram;
  readonly generator: {
    readonly lateness: Histogram;
    readonly eventLoopLag: Histogram;
    /** Of the worst shard: 99th percentiles of its worst ten seconds, ms. */
    readonly worstWindow: { readonly lateness: number | null; readonly eventLoopLag: number | null };
    /** Up to then, ms since the start, everything is in the figures; 0 while a shard has not spoken. */
    readonly toldUntilMs: number;
    /** Of the worst shard, ms. */
    readonly longestBlockMs: number;
    readonly cpuSeconds: number;
    readonly rssBytes: number;
    readonly armedRssBytes: number;
    readonly peakRssBytes: number;
    readonly openSockets: number;
    /** Of all processes that are there; null: the kernel does not say. */
    readonly openDescriptors: number | null;
    readonly descriptorLimit: number;
    /** Of the process that came closest to its limit, the fewest that it had left; null: the kernel does not say. */
    readonly fewestFreeDescriptors: number | null;
    readonly datagramsSent: number;
    readonly datagramsReceived: number;
    /** See `GeneratorSample`; `networkDrops` counts each network namespace once. */
    readonly relayedReplies: number;
    readonly droppedDatagrams: number;
    readonly networkDrops: number;
    readonly tlsContextsBuilt: number;
    readonly tlsContextsEvicted: number;
    /** By name of the agent. */
    readonly firstStarts: ReadonlyMap<string, FirstStart>;
  };
  /** See `PowerCounts`; events of lost shards do not come any more. */
  readonly power: PowerCounts;
  readonly shards: {
    readonly planned: number;
    /** Shards that have sent a snapshot. */
    readonly reporting: number;
    /** Those whose phones are lost. */
    readonly lost: readonly number[];
    /** Every shard that is not lost has closed its ledger. */
    readonly ledgerClosed: boolean;
  };
}
