import type { Credential } from './credential.ts';

/** SSL 3.0 is not here: no phone of the last fifteen years speaks it. */
export const TLS_VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
export type TlsVersion = (typeof TLS_VERSIONS)[number];

/** What a kind of client offers in its ClientHello. One object for all phones of a kind: pools are keyed by it. */
export interface TlsProfile {
  readonly name: string;
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  /** Cipher suites in the order of preference, by their OpenSSL names. */
  readonly suites: readonly string[];
}

/**
 * A stream that is to be secured before it is used. Whether the server is the right one is not decided here: its
 * certificate comes with the `secured` event.
 */
export interface TlsDemand {
  readonly profile: TlsProfile;
  /** What the client shows when it is asked for a certificate; null: nothing. */
  readonly credential: Credential | null;
  /** Offer the session of an earlier connection to this address and port, where there is one. */
  readonly resume: boolean;
}

/** A fatal alert (RFC 5246, section 7.2) that ended a connection. */
export interface TlsAlert {
  readonly number: number;
  /** As in RFC 5246, section 7.2: `unknown_ca`, `protocol_version`; `unassigned` for a number without a name. */
  readonly name: string;
  /** Who sent it. */
  readonly from: 'server' | 'client';
}
