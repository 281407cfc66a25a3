import { hash } from 'node:crypto';

/** What `certHash` says of a certificate: the MD5 of its DER in lower-case hex (certutils `certhash`). */
export function certificateHash(certificate: Uint8Array): string {
  return hash('md5', certificate, 'hex');
}

/**
 * The elements of a configuration that say whether there is more of it. While the whole is encrypted, `.cnf.xml.sgn`
 * is a short file with nothing below `<device>` but `fullConfig` (false), `ipAddressMode`, `loadInformation`,
 * `capfAuthMode`, `capfList`, `certHash` and `encrConfig` (true): certutils `enccnf`; Cisco document 118929 shows one
 * of 759 bytes.
 */
export interface ShortConfigFacts {
  readonly fullConfig: boolean;
  readonly encrConfig: boolean;
  /** Null where the element is empty or absent: CUCM knows no certificate of this phone. */
  readonly certHash: string | null;
}

/**
 * What a phone does after a configuration that was not encrypted.
 *
 * | fullConfig | encrConfig | certHash             | next                                                     |
 * |------------|------------|----------------------|----------------------------------------------------------|
 * | true       | any        | any                  | `complete`: there is no more                             |
 * | false      | false      | any                  | `complete` (inference: nothing else could be asked for)  |
 * | false      | true       | of the phone's own   | `fetch-encrypted`: `.cnf.xml.enc.sgn`                    |
 * | false      | true       | of another           | `enrol`: CAPF first, reason pubkey-mismatch              |
 * | false      | true       | empty                | `enrol` (inference)                                      |
 *
 * Source: certutils `enccnf`; Cisco's sipcc, ConfigRetriever; Cisco document 118929.
 *
 * @param ownCertificateHash `certificateHash` of the LSC, else of the MIC; null for a phone without certificate
 */
export function afterShortConfig(
  { fullConfig, encrConfig, certHash }: ShortConfigFacts,
  ownCertificateHash: string | null,
): 'complete' | 'fetch-encrypted' | 'enrol' {
  if (fullConfig || !encrConfig) return 'complete';
  const isOwn = certHash !== null && certHash.toLowerCase() === ownCertificateHash;
  return isOwn ? 'fetch-encrypted' : 'enrol';
}
