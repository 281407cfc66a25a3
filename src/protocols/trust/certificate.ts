import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { SignerInfo } from './header.ts';
import { unlessRefused } from '../openssl-refusal.ts';
import { serialNumber } from './serial-number.ts';
import type { TrustRecord } from './trust-record.ts';

/**
 * The public key of a record: of its certificate, or, in a slim record, the RSA key that stands by itself. Where there
 * is a certificate, that key is never looked at: TVS is asked about the certificate, and what it says must hold for
 * the key that is used. Null where there is none that can be read. Read once: thousands of phones share a record.
 */
export function publicKeyOf(record: TrustRecord): KeyObject | null {
  const known = KEYS.get(record);
  if (known !== undefined) return known;
  const key = readPublicKey(record);
  KEYS.set(record, key);
  return key;
}

const KEYS = new WeakMap<TrustRecord, KeyObject | null>();

function readPublicKey({ certificate, publicKey }: TrustRecord): KeyObject | null {
  if (certificate !== null) {
    return unlessRefused(() => new X509Certificate(certificate).publicKey);
  }
  if (publicKey === null) return null;
  return unlessRefused(() => createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'pkcs1' }));
}

/** Who a file says has signed it, when this certificate's key does. Names are separated by ';', as Cisco's are. */
export function signerInfoOf(certificate: X509Certificate): SignerInfo {
  return {
    name: nameText(certificate.subject),
    serial: serialNumber(certificate.serialNumber),
    issuer: nameText(certificate.issuer),
  };
}

/** The record of a certificate. Its signature is left out, as Cisco leaves it out where the certificate is there. */
export function trustRecordOf(
  certificate: X509Certificate,
  role: number,
  node: Pick<TrustRecord, 'dnsName' | 'ipv4'>,
): TrustRecord {
  const { name, serial, issuer } = signerInfoOf(certificate);
  return {
    ...node,
    subject: name,
    role,
    issuer,
    serial,
    publicKey: publicKeyBytes(certificate.publicKey),
    certificateSignature: null,
    certificate: certificate.raw,
    certificateHash: null,
    hashAlgorithm: null,
  };
}

/** The record of a server of a cluster that is not secure: its role and where it is. */
export function plainRecord(
  role: number,
  node: { readonly dnsName: string; readonly ipv4: string | null },
): TrustRecord {
  return {
    ...node,
    subject: null,
    role,
    issuer: null,
    serial: null,
    publicKey: null,
    certificateSignature: null,
    certificate: null,
    certificateHash: null,
    hashAlgorithm: null,
  };
}

/** Node prints one part a line, escaped as in RFC 2253; files hold the UTF-8 of the text as bytes. */
function nameText(lines: string): string {
  return Buffer.from(lines.split('\n').join(';'), 'utf8').toString('latin1');
}

/** A key as records hold it. RangeError for a kind that they do not. */
export function publicKeyBytes(key: KeyObject): Uint8Array {
  if (key.asymmetricKeyType === 'rsa') return key.export({ type: 'pkcs1', format: 'der' });
  const { x, y } = key.export({ format: 'jwk' });
  if (x === undefined || y === undefined) throw new RangeError(`a key of type ${key.asymmetricKeyType}`);
  return Buffer.concat([
    Uint8Array.of(UNCOMPRESSED_POINT),
    Buffer.from(x, 'base64url'),
    Buffer.from(y, 'base64url'),
  ]);
}

/** SEC 1, section 2.3.3. */
const UNCOMPRESSED_POINT = 4;
