import { createPrivateKey, type KeyObject } from 'node:crypto';
import forge from 'node-forge';
import { contentOf, type Der, fromDer, isInteger, isOctetString, toDer } from './der.ts';

/** What a PKCS#12 file holds (RFC 7292). */
export interface Pkcs12Content {
  /** DER. */
  readonly certificates: readonly Uint8Array[];
  readonly privateKeys: readonly KeyObject[];
}

/** Why a file gives nothing. */
export type Pkcs12Refusal = 'wrong-password' | 'unreadable' | 'too-many-iterations';

/** A password is worked on so often at most: a file that asks for more would stand still. OpenSSL asks for 2048. */
const MAX_ITERATIONS = 1_000_000;

const { certBag, keyBag, pkcs8ShroudedKeyBag } = forge.pki.oids as Readonly<Record<string, string>>;

/**
 * Reads a PKCS#12 file, with the ciphers of today (PBES2 with AES) and of old (RC2, 3DES), which OpenSSL 3 by itself
 * refuses.
 */
export function readPkcs12(bytes: Uint8Array, password: string): Pkcs12Content | Pkcs12Refusal {
  try {
    if (mostIterations(fromDer(bytes)) > MAX_ITERATIONS) return 'too-many-iterations';
    const pfx = decode(bytes, password);
    return {
      certificates: bagsOf(pfx, certBag).map(certificateOf),
      privateKeys: [...bagsOf(pfx, pkcs8ShroudedKeyBag), ...bagsOf(pfx, keyBag)].map(privateKeyOf),
    };
  } catch (error) {
    return isWrongPassword(error) ? 'wrong-password' : 'unreadable';
  }
}

/**
 * The MAC and the old ciphers take a password as UTF-16, PBES2 takes it as UTF-8 (RFC 7292, appendix B.1; RFC 8018).
 * node-forge hands its characters to both: beyond ASCII the content is opened by itself once the MAC has been right.
 */
function decode(bytes: Uint8Array, password: string): forge.pkcs12.Pkcs12Pfx {
  try {
    return forge.pkcs12.pkcs12FromAsn1(fromDer(bytes), false, password);
  } catch (error) {
    if (isWrongPassword(error) || !/[^\0-\x7f]/.test(password)) throw error;
    return forge.pkcs12.pkcs12FromAsn1(withoutMac(fromDer(bytes)), false, forge.util.encodeUtf8(password));
  }
}

function isWrongPassword(error: unknown): boolean {
  return error instanceof Error && error.message.includes('Invalid password');
}

/** PFX is version, content, MAC. */
function withoutMac(file: Der): Der {
  return typeof file.value === 'string' ? file : { ...file, value: file.value.slice(0, 2) };
}

/** In a MAC as in the parameters of a cipher the number of iterations stands behind the salt. */
function mostIterations(file: Der): number {
  const { value } = file;
  if (typeof value === 'string') return isOctetString(file) ? iterationsWithin(file) : 0;
  return value.reduce((most, part, i) => {
    const before = value[i - 1];
    const isCount = isInteger(part) && before !== undefined && isOctetString(before);
    return Math.max(most, isCount ? unsigned(contentOf(part)) : mostIterations(part));
  }, 0);
}

function iterationsWithin(octetString: Der): number {
  try {
    return mostIterations(fromDer(contentOf(octetString)));
  } catch {
    return 0;
  }
}

function unsigned(bytes: Buffer): number {
  return Number.parseInt(`0${bytes.toString('hex')}`, 16);
}

function bagsOf(pfx: forge.pkcs12.Pkcs12Pfx, bagType: string | undefined): readonly forge.pkcs12.Bag[] {
  return bagType === undefined ? [] : (pfx.getBags({ bagType })[bagType] ?? []);
}

/** node-forge understands RSA certificates, and leaves others as the ASN.1 that they are. */
function certificateOf({ cert, asn1 }: forge.pkcs12.Bag): Uint8Array {
  return toDer(cert === undefined || cert === null ? asn1 : forge.pki.certificateToAsn1(cert));
}

function privateKeyOf({ key, asn1 }: forge.pkcs12.Bag): KeyObject {
  if (key === undefined || key === null)
    return createPrivateKey({ key: toDer(asn1), type: 'pkcs8', format: 'der' });
  return createPrivateKey({ key: toDer(forge.pki.privateKeyToAsn1(key)), type: 'pkcs1', format: 'der' });
}
