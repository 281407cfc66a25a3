import { createHash, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { bits, type Der, implicit, integer, octets, OIDS, oid, sequence, truth } from './der.ts';

/** Bits of the KeyUsage extension, RFC 5280, section 4.2.1.3. */
const KEY_USAGE = {
  digitalSignature: 0x80,
  keyEncipherment: 0x20,
  keyCertSign: 0x04,
  cRLSign: 0x02,
} as const;
type KeyUsage = keyof typeof KEY_USAGE;

type Purpose = 'serverAuth' | 'clientAuth' | 'ipsecEndSystem';

/** What a certificate is for. */
export const CERTIFICATE_PROFILES = {
  /** As CAPF issues it: both ways of TLS, and IPsec. */
  lsc: {
    usages: ['digitalSignature', 'keyEncipherment'],
    purposes: ['serverAuth', 'clientAuth', 'ipsecEndSystem'],
  },
  /** What a manufacturer would put in. General knowledge, no source. */
  mic: { usages: ['digitalSignature', 'keyEncipherment'], purposes: ['clientAuth', 'serverAuth'] },
  /** A server of the cluster: CallManager, TFTP, TVS. Both ways of TLS. General knowledge, no source. */
  server: { usages: ['digitalSignature', 'keyEncipherment'], purposes: ['serverAuth', 'clientAuth'] },
  /** The signer of trust lists: signs, and nothing else. */
  sast: { usages: ['digitalSignature'], purposes: [] },
} as const satisfies Record<string, { usages: readonly KeyUsage[]; purposes: readonly Purpose[] }>;

export type CertificateProfile = keyof typeof CERTIFICATE_PROFILES;

/** Extensions of a certificate that belongs to a phone or a server. */
export function leafExtensions(
  profile: CertificateProfile,
  names: readonly Der[],
  publicKey: KeyObject,
  issuerKeyId: Uint8Array,
): Der {
  const { usages, purposes } = CERTIFICATE_PROFILES[profile];
  return sequence(
    keyUsage(usages),
    ...(purposes.length > 0
      ? [extension(OIDS.extKeyUsage, false, sequence(...purposes.map((purpose) => oid(OIDS[purpose]))))]
      : []),
    ...(names.length > 0 ? [extension(OIDS.subjectAltName, false, sequence(...names))] : []),
    ...keyIdentifiers(keyIdentifierOf(publicKey), issuerKeyId),
  );
}

/** Extensions of an authority: it may sign certificates of others, but no further authority. */
export function authorityExtensions(publicKey: KeyObject): Der {
  const keyId = keyIdentifierOf(publicKey);
  return sequence(
    extension(OIDS.basicConstraints, true, sequence(truth(), integer(0))),
    keyUsage(['digitalSignature', 'keyCertSign', 'cRLSign']),
    ...keyIdentifiers(keyId, keyId),
  );
}

/** RFC 5280, section 4.2.1.6: the name of a phone as URI, as CAPF writes it; hosts as addresses or DNS names. */
export function alternativeNames(deviceName: string | undefined, hosts: readonly string[]): Der[] {
  const names = hosts.map((host) =>
    isIP(host) === 0 ? implicit(2, Buffer.from(host, 'ascii')) : implicit(7, addressBytes(host)),
  );
  return deviceName === undefined ? names : [implicit(6, Buffer.from(deviceName, 'ascii')), ...names];
}

/** RFC 5280, section 4.2.1.2, method 1: SHA-1 of the key's bits, which of an RSA key are its PKCS #1 form. */
export function keyIdentifierOf(publicKey: KeyObject): Buffer {
  return createHash('sha1')
    .update(publicKey.export({ type: 'pkcs1', format: 'der' }))
    .digest();
}

/** The bits beyond the last that is set are not written (DER of a named bit list). */
function keyUsage(usages: readonly KeyUsage[]): Der {
  const flags = usages.reduce((sum, usage) => sum | KEY_USAGE[usage], 0);
  const unused = 31 - Math.clz32(flags & -flags);
  return extension(OIDS.keyUsage, true, bits(Uint8Array.of(flags), unused));
}

function keyIdentifiers(own: Uint8Array, issuer: Uint8Array): Der[] {
  return [
    extension(OIDS.subjectKeyIdentifier, false, octets(own)),
    extension(OIDS.authorityKeyIdentifier, false, sequence(implicit(0, issuer))),
  ];
}

function extension(id: string, critical: boolean, content: Der): Der {
  return sequence(oid(id), ...(critical ? [truth()] : []), octets(content));
}

function addressBytes(address: string): Uint8Array {
  return Uint8Array.from(ipaddr.parse(address).toByteArray());
}
