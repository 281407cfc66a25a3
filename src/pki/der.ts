import type forge from 'node-forge';
import asn1 from 'node-forge/lib/asn1.js';

/** The ASN.1 that certificates are made of (RFC 5280), a few short words over node-forge's. */
const { Class, Type } = asn1;

export type Der = forge.asn1.Asn1;

export const OIDS = {
  commonName: '2.5.4.3',
  countryName: '2.5.4.6',
  localityName: '2.5.4.7',
  stateOrProvinceName: '2.5.4.8',
  organizationName: '2.5.4.10',
  organizationalUnitName: '2.5.4.11',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  /** Obsolete since RFC 4945, and still in every LSC. */
  ipsecEndSystem: '1.3.6.1.5.5.7.3.5',
  sha256WithRsaEncryption: '1.2.840.113549.1.1.11',
} as const;

export function sequence(...parts: Der[]): Der {
  return asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, parts);
}

export function set(...parts: Der[]): Der {
  return asn1.create(Class.UNIVERSAL, Type.SET, true, parts);
}

export function oid(id: string): Der {
  return asn1.create(Class.UNIVERSAL, Type.OID, false, asn1.oidToDer(id).getBytes());
}

export function nothing(): Der {
  return asn1.create(Class.UNIVERSAL, Type.NULL, false, '');
}

export function truth(): Der {
  return asn1.create(Class.UNIVERSAL, Type.BOOLEAN, false, '\u00ff');
}

/** A small number from 0, or the unsigned bytes of a large one. */
export function integer(value: number | Uint8Array): Der {
  const bytes = typeof value === 'number' ? asn1.integerToDer(value).getBytes() : positive(value);
  return asn1.create(Class.UNIVERSAL, Type.INTEGER, false, bytes);
}

export function octets(content: Uint8Array | Der): Der {
  const bytes = content instanceof Uint8Array ? binary(content) : asn1.toDer(content).getBytes();
  return asn1.create(Class.UNIVERSAL, Type.OCTETSTRING, false, bytes);
}

export function bits(content: Uint8Array, unused = 0): Der {
  return asn1.create(Class.UNIVERSAL, Type.BITSTRING, false, String.fromCharCode(unused) + binary(content));
}

/** PrintableString where the standard asks for it (a country), UTF8String otherwise. */
export function text(value: string, printable = false): Der {
  return asn1.create(
    Class.UNIVERSAL,
    printable ? Type.PRINTABLESTRING : Type.UTF8,
    false,
    binary(Buffer.from(value, 'utf8')),
  );
}

/** RFC 5280, section 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050. */
export function time(instant: Date): Der {
  return instant.getUTCFullYear() < 2050
    ? asn1.create(Class.UNIVERSAL, Type.UTCTIME, false, asn1.dateToUtcTime(instant))
    : asn1.create(Class.UNIVERSAL, Type.GENERALIZEDTIME, false, asn1.dateToGeneralizedTime(instant));
}

export function explicit(tag: number, content: Der): Der {
  return asn1.create(Class.CONTEXT_SPECIFIC, tag, true, [content]);
}

export function implicit(tag: number, content: Uint8Array): Der {
  return asn1.create(Class.CONTEXT_SPECIFIC, tag, false, binary(content));
}

/** Throws whatever node-forge throws where the bytes are not DER. */
export function fromDer(der: Uint8Array): Der {
  return asn1.fromDer(binary(der));
}

export function toDer(value: Der): Buffer {
  return Buffer.from(asn1.toDer(value).getBytes(), 'latin1');
}

/** The parts of a constructed value. Throws RangeError for a value that has none. */
export function partsOf({ value }: Der): Der[] {
  if (typeof value === 'string') throw new RangeError('not a constructed value');
  return value;
}

/** Throws RangeError where there is no such part. */
export function partOf(value: Der, index: number): Der {
  const part = partsOf(value)[index];
  if (part === undefined) throw new RangeError(`no part ${index}`);
  return part;
}

export function isOid({ type, value }: Der, id: string): boolean {
  return type === Type.OID && typeof value === 'string' && asn1.derToOid(value) === id;
}

/** Universal tags by which a value may be asked what it is. */
export function isOctetString({ tagClass, type }: Der): boolean {
  return tagClass === Class.UNIVERSAL && type === Type.OCTETSTRING;
}

export function isInteger({ tagClass, type }: Der): boolean {
  return tagClass === Class.UNIVERSAL && type === Type.INTEGER;
}

/** The content of a value that has no parts; one with parts has none. */
export function contentOf({ value }: Der): Buffer {
  return Buffer.from(typeof value === 'string' ? value : '', 'latin1');
}

function positive(bytes: Uint8Array): string {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = bytes.subarray(first < 0 ? bytes.length - 1 : first);
  return ((digits[0] ?? 0) >= 0x80 ? '\0' : '') + binary(digits);
}

/** node-forge keeps bytes as text with a character for each. */
function binary(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
