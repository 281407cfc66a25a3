import { type KeyObject, randomBytes, sign } from 'node:crypto';
import {
  bits,
  type Der,
  explicit,
  fromDer,
  integer,
  nothing,
  OIDS,
  oid,
  sequence,
  time,
  toDer,
} from './der.ts';

/** What is signed of a certificate, RFC 5280, section 4.1. */
export interface CertificateContent {
  readonly issuer: Der;
  readonly subject: Der;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** RSA. */
  readonly publicKey: KeyObject;
  readonly extensions: Der;
}

/** Fewer than the 20 octets that RFC 5280 allows: real ones have 8 to 16. */
const SERIAL_BYTES = 16;

/** A version 3 certificate, sha256WithRSAEncryption, with a random serial number. Returns DER. */
export function signCertificate(content: CertificateContent, issuerKey: KeyObject): Buffer {
  const algorithm = sequence(oid(OIDS.sha256WithRsaEncryption), nothing());
  const signed = sequence(
    explicit(0, integer(2)),
    integer(serialNumber()),
    algorithm,
    content.issuer,
    sequence(time(content.notBefore), time(content.notAfter)),
    content.subject,
    fromDer(content.publicKey.export({ type: 'spki', format: 'der' })),
    explicit(3, content.extensions),
  );
  const signature = sign('sha256', toDer(signed), issuerKey);
  return toDer(sequence(signed, algorithm, bits(signature)));
}

/** Positive, and of full length: the first bit is clear, the second is set. */
function serialNumber(): Buffer {
  const serial = randomBytes(SERIAL_BYTES);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial;
}
