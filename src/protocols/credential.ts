import type { KeyObject } from 'node:crypto';

/**
 * What a phone proves itself with: a certificate (MIC or LSC) and its private key. Machines hand it on; only drivers
 * and signing codecs look inside. It is never written down: a key has no form in JSON, and logs, recordings and traces
 * name the certificate by its digest.
 */
export interface Credential {
  readonly origin: CredentialOrigin;
  /** X.509, DER. */
  readonly certificate: Uint8Array;
  /** SHA-256 of `certificate`, lower-case hex: names it everywhere. */
  readonly digest: string;
  readonly privateKey: KeyObject;
}

/** From the factory, or from the cluster's CAPF. */
export type CredentialOrigin = 'mic' | 'lsc';
