import { createSign, createVerify, type KeyObject } from 'node:crypto';
import { DIGESTS } from './digest.ts';
import { encodeHeader, encodeSignature, readHeader, type SignedHeader } from './header.ts';
import { unlessRefused } from '../openssl-refusal.ts';

/**
 * Any file with a signed header: a trust list, a configuration (`.sgn`, `.enc.sgn`), a locale or firmware file. All
 * bytes share memory with the file that was parsed.
 */
export interface SignedFile {
  readonly header: SignedHeader;
  readonly signature: Uint8Array;
  /** What follows the header. */
  readonly payload: Uint8Array;
  /** Offset of the payload in the file. */
  readonly headerLength: number;
  /** What the signature is over: the whole file without the TLV of the signature. */
  readonly signedParts: readonly [Uint8Array, Uint8Array];
}

/** Takes a file apart without looking at its signature. Raises only `DecodeError`; the work is that of the header. */
export function parseSignedFile(file: Uint8Array): SignedFile {
  const { header, headerLength, signature, signatureTlv } = readHeader(file);
  return {
    header,
    signature,
    payload: file.subarray(headerLength),
    headerLength,
    signedParts: [file.subarray(0, signatureTlv.start), file.subarray(signatureTlv.end)],
  };
}

/**
 * Whether the key made the signature: RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2) with the digest that the header names.
 * A key that is not RSA, or not as long as the signature, did not. Never throws, whatever the file or the key.
 */
export function isSignedBy(file: SignedFile, publicKey: KeyObject): boolean {
  if (rsaBytes(publicKey) !== file.signature.length) return false;
  const verifier = createVerify(DIGESTS[file.header.digest].algorithm);
  for (const part of file.signedParts) verifier.update(part);
  return unlessRefused(() => verifier.verify(publicKey, file.signature)) ?? false;
}

/** A signed file in Cisco's order. RangeError when the key is no RSA key of 512, 1024, 2048 or 4096 bits. */
export function buildSignedFile(header: SignedHeader, payload: Uint8Array, privateKey: KeyObject): Buffer {
  const { before, after } = encodeHeader(header, rsaBytes(privateKey));
  const signer = createSign(DIGESTS[header.digest].algorithm);
  for (const part of [before, after, payload]) signer.update(part);
  return Buffer.concat([before, encodeSignature(signer.sign(privateKey)), after, payload]);
}

/** Bytes of an RSA key's modulus; 0 for other keys. RSA-PSS keys are others: they cannot sign as PKCS #1 v1.5. */
function rsaBytes(key: KeyObject): number {
  if (key.asymmetricKeyType !== 'rsa') return 0;
  return Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
}
