import { hash, X509Certificate } from 'node:crypto';
import { publicKeyBytes } from './certificate.ts';
import { DIGESTS, isDigestId } from './digest.ts';
import { unlessRefused } from '../openssl-refusal.ts';
import type { TrustRecord } from './trust-record.ts';

/**
 * Finds the records of a certificate: those that hold it, or, where they hold none, its hash or its public key.
 * Nothing else of it is looked at, neither its names nor its dates: the phone's trust list is the only authority
 * (usecallmanager.nz, "Trust verification"). Never throws, whatever the bytes.
 *
 * @param certificate X.509, DER
 */
export function recordsOfCertificate(
  records: readonly TrustRecord[],
  certificate: Uint8Array,
): readonly TrustRecord[] {
  const shown = Buffer.from(certificate.buffer, certificate.byteOffset, certificate.length);
  let key: Uint8Array | null | undefined;
  return records.filter((record) => {
    if (record.certificate !== null) return shown.equals(record.certificate);
    const { certificateHash, hashAlgorithm, publicKey } = record;
    if (certificateHash !== null) return isHash(shown, certificateHash, hashAlgorithm);
    if (publicKey === null) return false;
    key ??= unlessRefused(() => publicKeyBytes(new X509Certificate(shown).publicKey));
    return key !== null && Buffer.from(publicKey).equals(key);
  });
}

/** That a hash without an algorithm is one of those with its length is inference. */
function isHash(certificate: Buffer, expected: Uint8Array, algorithm: number | null): boolean {
  const digests =
    algorithm !== null && isDigestId(algorithm)
      ? [DIGESTS[algorithm]]
      : [DIGESTS[1], DIGESTS[2], DIGESTS[3]].filter(({ bytes }) => bytes === expected.length);
  return digests.some((digest) => hash(digest.algorithm, certificate, 'buffer').equals(expected));
}
