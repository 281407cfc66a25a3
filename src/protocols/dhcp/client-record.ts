import type { CloseCause, Effects } from '../effects.ts';
import type { Lease } from './lease.ts';
import { NO_ADDRESS } from './message.ts';
import type { PhoneFrameFacts } from './phone-frames.ts';

export interface DhcpClientSettings {
  /** An address, not a name. */
  readonly server: { readonly host: string; readonly port: number };
  /** Try INIT-REBOOT when a lease is remembered. */
  readonly initReboot: boolean;
  /** Waits for an answer, seconds, at least one. After the last the client begins again. */
  readonly backoffSeconds: readonly number[];
  /** Each wait is spread by plus or minus this, seconds. */
  readonly jitterSeconds: number;
  /** Send DHCPRELEASE when stopped. */
  readonly release: boolean;
}

export interface DhcpClientConfig extends PhoneFrameFacts {
  readonly phoneIndex: number;
  readonly seed: number;
  readonly settings: DhcpClientSettings;
  /** The lease in the phone's flash. */
  readonly remembered: { readonly address: string; readonly serverId: string } | null;
  /** 0 for a phone's first client; for the next one `transactions` of the last, so that no xid comes back soon. */
  readonly firstTransaction: number;
}

export type DhcpState =
  | 'init'
  | 'rebooting'
  | 'selecting'
  | 'requesting'
  | 'bound'
  | 'renewing'
  | 'rebinding'
  | 'ended';

/** One timer is enough: the wait for an answer, or for T1. */
export type DhcpTimer = 'wait';

/** Why a datagram was not used. */
export type DhcpIgnoredReason =
  | 'malformed'
  | 'not-a-reply'
  | 'wrong-xid'
  /** Another hardware address, or not six octets. */
  | 'wrong-chaddr'
  /** A message that this state does not wait for: a second OFFER, a late ACK. */
  | 'unexpected'
  /** An ACK for an address that was not asked for. */
  | 'wrong-address'
  /** An OFFER or ACK without address, lease time or server identifier. */
  | 'incomplete';

export type DhcpNotice =
  | { readonly type: 'bound'; readonly lease: Lease }
  | { readonly type: 'renewed'; readonly lease: Lease }
  | { readonly type: 'retransmitted' }
  | { readonly type: 'timedOut' }
  /** `message` is option 56, at most 200 characters. */
  | { readonly type: 'nak'; readonly message: string | null }
  | { readonly type: 'leaseLost' }
  | { readonly type: 'ignored'; readonly reason: DhcpIgnoredReason };

export type DhcpResult =
  | { readonly outcome: 'released' }
  | { readonly outcome: 'stopped' }
  | { readonly outcome: 'failed'; readonly cause: CloseCause };

/** The machine's record. Read it freely; only `stepDhcpClient` writes it. */
export interface DhcpClient {
  state: DhcpState;
  readonly config: DhcpClientConfig;
  /** Transactions begun, `firstTransaction` included. */
  transactions: number;
  xid: number;
  /** When the transaction under way began: `secs` counts from here. */
  startedAt: number;
  /** When a message last left; a lease runs from here (RFC 2131, section 4.4.5). */
  sentAt: number;
  /** What was last sent, for sending again; null while nothing is outstanding. */
  frame: Buffer | null;
  /** Times that `frame` was sent again. */
  retries: number;
  /** Waits drawn so far: each has its own jitter. */
  waits: number;
  /** DHCPNAKs since the last ACK. */
  naks: number;
  /** The address under way: remembered, offered or leased. */
  address: string;
  serverId: string | null;
  lease: Lease | null;
  /** When the REQUEST was sent that the lease answers. */
  leasedAt: number;
}

export type DhcpEffects = Effects<DhcpTimer, DhcpNotice, DhcpResult>;

const WAITS_PER_TRANSACTION = 16;

export function createDhcpClient(config: DhcpClientConfig): DhcpClient {
  if (config.settings.backoffSeconds.length === 0) throw new RangeError('backoffSeconds is empty');
  return {
    state: 'init',
    config,
    transactions: config.firstTransaction,
    xid: 0,
    startedAt: 0,
    sentAt: 0,
    frame: null,
    retries: 0,
    waits: config.firstTransaction * WAITS_PER_TRANSACTION,
    naks: 0,
    address: NO_ADDRESS,
    serverId: null,
    lease: null,
    leasedAt: 0,
  };
}
