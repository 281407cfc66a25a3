import type { Failure, FailureCause } from './failure-causes.ts';
import type { TlsVersion } from '../protocols/tls.ts';
import type { Stage } from './stages.ts';

/** How a connection to CallManager is protected, as `deviceSecurityMode` has it. */
export const SECURITY_LEVELS = ['none', 'authenticated', 'encrypted'] as const;
export type SecurityLevel = (typeof SECURITY_LEVELS)[number];

export const TRUST_VERDICTS = ['none', 'first-use', 'known-signer', 'tvs', 'refused'] as const;
export type TrustVerdict = (typeof TRUST_VERDICTS)[number];

/**
 * Everything that a phone tells the world about its boot. Metrics, live view, trace, ledger and report are folds
 * over these. All times are milliseconds on the run's monotonic clock; a duration is `now - startedAt`.
 */
export type BootEvent =
  /**
   * Power returned; `intendedAt` is when the schedule wanted it. A phone can be powered more than once: `wave` numbers
   * the power returns of the schedule, from 0, and is the same for all phones that belong to one.
   */
  | { readonly type: 'poweredOn'; readonly now: number; readonly intendedAt: number; readonly wave: number }
  | { readonly type: 'poweredOff'; readonly now: number }
  /** One try of a stage begins. */
  | { readonly type: 'stageStarted'; readonly stage: Stage; readonly now: number }
  | {
      readonly type: 'stagePassed';
      readonly stage: Stage;
      readonly now: number;
      /** When this try began. */
      readonly startedAt: number;
      /** When the phone first tried this stage since power return: retries never reset it. */
      readonly firstStartedAt: number;
      readonly server: string | null;
    }
  | {
      readonly type: 'stageFailed';
      readonly failure: Failure;
      readonly now: number;
      readonly startedAt: number;
    }
  /** The first datagram or SYN since power return leaves the phone. */
  | { readonly type: 'firstPacket'; readonly now: number }
  /** A TLS handshake with a CallManager, for registration or standby, is complete and its server is trusted. */
  | {
      readonly type: 'secured';
      readonly now: number;
      readonly startedAt: number;
      readonly server: string;
      readonly version: TlsVersion;
      readonly suite: string;
      readonly resumed: boolean;
    }
  /** What the phone made of a trust list that it downloaded; `refused` keeps the old one. */
  | {
      readonly type: 'trustListJudged';
      readonly now: number;
      readonly list: 'CTL' | 'ITL';
      readonly verdict: TrustVerdict;
      /** Of `refused`. */
      readonly cause: FailureCause | null;
    }
  /** TVS was asked about a certificate, or its earlier answer still held. */
  | {
      readonly type: 'tvsAnswered';
      readonly now: number;
      readonly startedAt: number;
      readonly server: string;
      readonly outcome: 'valid' | 'invalid' | 'unreachable' | 'cached';
    }
  /** A CAPF session ended well. */
  | {
      readonly type: 'enrolled';
      readonly now: number;
      readonly startedAt: number;
      readonly server: string;
      readonly operation: 'install' | 'delete' | 'fetch' | 'none';
    }
  /** RegisterAck. */
  | { readonly type: 'registered'; readonly now: number; readonly server: string }
  /** DefineTimeDate: the phone is in service. `firstPacketAt` is when its network boot began. */
  | {
      readonly type: 'ready';
      readonly now: number;
      readonly server: string;
      readonly intendedAt: number;
      readonly firstPacketAt: number;
      /** Of the time since then: pauses between boots, which the scenario sets and the network does not. */
      readonly pausedMs: number;
      readonly security: SecurityLevel;
    }
  /** A registered phone lost its CallManager. `wasReady`: it had been in service. */
  | {
      readonly type: 'serviceLost';
      readonly now: number;
      readonly failure: Failure;
      readonly wasReady: boolean;
    }
  /**
   * A connection to another CallManager of the group is up beside the registration. It ends in exactly one of two ways:
   * lost, or left by the phone (because it registers there, prefers another, starts again, or has no power).
   */
  | { readonly type: 'standbyUp'; readonly now: number; readonly server: string }
  | {
      readonly type: 'standbyLost';
      readonly now: number;
      readonly server: string;
      readonly cause: FailureCause;
    }
  | { readonly type: 'standbyLeft'; readonly now: number; readonly server: string }
  /** Such a connection was tried and did not come up. A name that was not resolved stands for the address. */
  | {
      readonly type: 'standbyFailed';
      readonly now: number;
      readonly server: string;
      readonly cause: FailureCause;
    }
  /** RegisterAck at `to` after `from` was lost. Follows `registered`. */
  | { readonly type: 'failedOver'; readonly now: number; readonly from: string; readonly to: string }
  /** RegisterAck at `to`, of higher priority, after a token; the phone has left `from`. Follows `registered`. */
  | { readonly type: 'fellBack'; readonly now: number; readonly from: string; readonly to: string }
  /** RegisterTokenReq was answered, or not in time; after a rejection the phone waits and asks again. */
  | {
      readonly type: 'tokenAnswered';
      readonly now: number;
      readonly server: string;
      readonly outcome: 'granted' | 'rejected' | 'unanswered';
      readonly roundTripMs: number;
      readonly waitMs: number;
    }
  /** A registered phone took its leave. */
  | { readonly type: 'unregistered'; readonly now: number; readonly server: string }
  /** The whole boot is tried again (phone reset), after a pause. */
  | { readonly type: 'restarting'; readonly now: number; readonly pauseMs: number }
  /** The phone's own policy ended its attempts. */
  | { readonly type: 'gaveUp'; readonly now: number; readonly failure: Failure }
  /** A datagram was sent again because no answer came. */
  | { readonly type: 'retransmitted'; readonly protocol: 'dhcp' | 'tftp' | 'dns'; readonly now: number }
  /** A file was asked for and the answer is complete. `outcome` is what the server said. */
  | {
      readonly type: 'fileTransferred';
      readonly protocol: 'http' | 'tftp';
      readonly name: string;
      readonly outcome: 'received' | 'not-found' | 'failed';
      readonly bytes: number;
      readonly server: string;
      readonly now: number;
      readonly startedAt: number;
    }
  | { readonly type: 'keepAliveAnswered'; readonly now: number; readonly roundTripMs: number };
