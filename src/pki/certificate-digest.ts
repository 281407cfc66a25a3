import { createHash } from 'node:crypto';
import { toHex } from '../wire/hex.ts';

/** SHA-256 of a certificate's DER, lower-case hex: the digest of a `Credential`. */
export function sha256(der: Uint8Array): string {
  return toHex(createHash('sha256').update(der).digest());
}
