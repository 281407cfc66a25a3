import {
  hash,
  type KeyObject,
  privateEncrypt,
  publicDecrypt,
  sign,
  verify,
  X509Certificate,
} from 'node:crypto';
import type { Credential } from '../credential.ts';
import { unlessRefused } from '../openssl-refusal.ts';
import { CAPF_CERTIFICATE_TYPES, CAPF_HASHES, type CapfElements, type CapfSudi } from './message.ts';

/*
 * How a phone proves that it has the key of the certificate that it shows (`capfd`, `capfc`). What is signed:
 *
 *   element        signed                                     key        signature
 *   -------------  -----------------------------------------  ---------  --------------------------------------------
 *   signedData     device name, NUL, certificate (DER)        RSA        PKCS#1 block type 1 around the bare SHA-1:
 *                                                                        no DigestInfo, so no RSASSA-PKCS1-v1_5
 *                                                             EC         ECDSA with SHA-1
 *   sha2SignedData the same                                   RSA, EC    the same with SHA-512
 *   sudi           session id (little-endian), certificate    RSA only   as the two above
 */

type CertificateProof = Required<Pick<CapfElements, 'certificate' | 'signedData' | 'sha2SignedData'>>;
type SignedHash = 'sha1' | 'sha512';

/** The elements of a certificate proof; null where this key cannot make it: neither RSA nor EC, or far too small. */
export function certificateProof(
  deviceName: string,
  { origin, certificate, privateKey }: Credential,
): CertificateProof | null {
  const data = proofData(deviceName, certificate);
  const sha1 = signatureOf('sha1', data, privateKey);
  const sha512 = signatureOf('sha512', data, privateKey);
  if (sha1 === null || sha512 === null) return null;
  return {
    certificate: { type: CAPF_CERTIFICATE_TYPES[origin], der: certificate },
    signedData: sha1,
    sha2SignedData: { hash: CAPF_HASHES.sha512, value: sha512 },
  };
}

/** The element `sudi`; null where the key is not RSA, or far too small. */
export function sudiProof(sessionId: number, { certificate, privateKey }: Credential): CapfSudi | null {
  if (privateKey.asymmetricKeyType !== 'rsa') return null;
  const data = sudiData(sessionId, certificate);
  const sha1 = signatureOf('sha1', data, privateKey);
  const sha512 = signatureOf('sha512', data, privateKey);
  return sha1 === null || sha512 === null ? null : { certificate, sha1, sha512 };
}

/** The server's side: the certificate whose key has signed, or null where anything is missing or does not match. */
export function provenCertificate({
  deviceName,
  certificate,
  signedData,
  sha2SignedData,
}: CapfElements): X509Certificate | null {
  if (deviceName === undefined || certificate === undefined) return null;
  if (signedData === undefined || sha2SignedData?.hash !== CAPF_HASHES.sha512) return null;
  const { der } = certificate;
  const data = proofData(deviceName, der);
  return signedBy(der, data, { sha1: signedData, sha512: sha2SignedData.value });
}

/** As `provenCertificate`, of the element `sudi`. */
export function provenSudi(sessionId: number, sudi: CapfSudi): X509Certificate | null {
  const { certificate } = sudi;
  const proven = signedBy(certificate, sudiData(sessionId, certificate), sudi);
  return proven?.publicKey.asymmetricKeyType === 'rsa' ? proven : null;
}

/** The certificate, where both signatures are of its key. */
function signedBy(
  certificate: Uint8Array,
  data: Uint8Array,
  signatures: Readonly<Record<SignedHash, Uint8Array>>,
): X509Certificate | null {
  const shown = unlessRefused(() => new X509Certificate(certificate));
  const key = shown === null ? null : unlessRefused(() => shown.publicKey);
  if (key === null) return null;
  const isSigned =
    isSignature('sha1', data, key, signatures.sha1) && isSignature('sha512', data, key, signatures.sha512);
  return isSigned ? shown : null;
}

function proofData(deviceName: string, certificate: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${deviceName}\0`, 'latin1'), certificate]);
}

function sudiData(sessionId: number, certificate: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(sessionId >>> 0);
  return Buffer.concat([head, certificate]);
}

function signatureOf(algorithm: SignedHash, data: Uint8Array, key: KeyObject): Uint8Array | null {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return unlessRefused(() => privateEncrypt(key, hash(algorithm, data, 'buffer')));
    case 'ec':
      return unlessRefused(() => sign(algorithm, data, key));
    default:
      return null;
  }
}

function isSignature(
  algorithm: SignedHash,
  data: Uint8Array,
  key: KeyObject,
  signature: Uint8Array,
): boolean {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return (
        unlessRefused(() => publicDecrypt(key, signature))?.equals(hash(algorithm, data, 'buffer')) ?? false
      );
    case 'ec':
      return unlessRefused(() => verify(algorithm, data, key, signature)) ?? false;
    default:
      return false;
  }
}
