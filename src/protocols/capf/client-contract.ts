import type { KeyObject } from 'node:crypto';
import type { StreamFramer } from '../../wire/stream-framer.ts';
import type { Credential } from '../credential.ts';
import type { CloseCause, Effects } from '../effects.ts';

/** How the phone proves who it is (CUCM: CAPF Authentication Mode). */
export type CapfAuthentication =
  | { readonly type: 'none' | 'null-string' }
  | { readonly type: 'password'; readonly password: string }
  /** "By existing certificate": which of the two, the precedence of the configuration has decided. */
  | { readonly type: 'lsc' | 'mic' };

export type CapfKeyKind = 'rsa' | 'ec';

export interface CapfClientConfig {
  /** Address, not a name. */
  readonly host: string;
  readonly port: number;
  /** SEP<MAC>. */
  readonly deviceName: string;
  readonly authentication: CapfAuthentication;
  readonly lsc: Credential | null;
  readonly mic: Credential | null;
  /** Whether the server may install, replace or delete the LSC; it may always read it. */
  readonly mayChange: boolean;
  /** A key of this size, from wherever keys come; null: there is none to be had. */
  readonly newKey: (kind: CapfKeyKind, bits: number) => KeyObject | null;
  /** Modelled time that the phone takes to make a key. */
  readonly keyTimeMs: number;
  /** Wait for the connection, and for each message of the server. */
  readonly timeoutMs: number;
}

export type CapfTimer = 'answer' | 'key';

export type CapfFailureCause =
  /** The server ended the session before it was served: `reason` says why, as far as the number is known. */
  | 'rejected'
  | 'unknown-device'
  /** The server sent AbortReq. */
  | 'aborted'
  /** The server wants to change the certificate, and `mayChange` is false. */
  | 'change-forbidden'
  /** The server wants a key of a kind or size that is not to be had. */
  | 'no-key'
  /** A certificate that the phone has not: to prove itself with, to be fetched, or to be deleted. */
  | 'no-certificate'
  | 'no-answer'
  | 'malformed'
  /** `timeout`: of the connection. */
  | CloseCause;

export interface CapfFailure {
  readonly outcome: 'failed';
  readonly cause: CapfFailureCause;
  /** Of the server's EndSession or AbortReq. */
  readonly reason?: number;
  readonly detail?: string;
}

export type CapfResult =
  | { readonly outcome: 'installed'; readonly credential: Credential }
  | { readonly outcome: 'deleted' }
  | { readonly outcome: 'fetched' }
  | { readonly outcome: 'nothing-pending' }
  /** Null: the server did not say when. */
  | { readonly outcome: 'retry-later'; readonly seconds: number | null }
  | CapfFailure
  | { readonly outcome: 'stopped' };

/** The machine's record. Read it freely; only `stepCapfClient` writes it. */
export interface CapfClient {
  state: 'idle' | 'connecting' | 'greeting' | 'serving' | 'generating' | 'storing' | 'ended';
  readonly config: CapfClientConfig;
  readonly framer: StreamFramer;
  /** Null before the server's first message. */
  sessionId: number | null;
  /** Messages of the server. */
  requests: number;
  lsc: Credential | null;
  readonly mic: Credential | null;
  /** While it is generated, and until its certificate has come. */
  newKey: KeyObject | null;
  /** What the session comes to when the server ends it; null: nothing yet. */
  achieved: CapfResult | null;
}

export type CapfEffects = Effects<CapfTimer, never, CapfResult>;
