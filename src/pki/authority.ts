import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { type Der, fromDer, partOf, partsOf } from './der.ts';
import { authorityExtensions, keyIdentifierOf } from './extensions.ts';
import { generateKey } from './key-pool.ts';
import { signCertificate } from './signed-certificate.ts';
import { encodeSubject, type Subject } from './subject.ts';
import { daysFromNow, settleValidity } from './validity.ts';

/** Who certifies: a lab's own CA, or its CAPF. Whoever holds the key can impersonate every phone that trusts it. */
export interface Authority {
  /** X.509, DER. */
  readonly certificate: Uint8Array;
  readonly privateKey: KeyObject;
}

export interface AuthorityOptions {
  readonly subject: Subject;
  /** Days from now until it expires. */
  readonly days: number;
  /** An RSA key that is there already; default: a new one of 2048 bits. */
  readonly privateKey?: KeyObject;
}

/** A new authority that certifies itself. */
export async function createAuthority(options: AuthorityOptions): Promise<Authority> {
  const privateKey = options.privateKey ?? (await generateKey());
  const publicKey = createPublicKey(privateKey);
  const name = encodeSubject(options.subject);
  const certificate = signCertificate(
    {
      issuer: name,
      subject: name,
      ...settleValidity({}, daysFromNow(options.days)),
      publicKey,
      extensions: authorityExtensions(publicKey),
    },
    privateKey,
  );
  return { certificate, privateKey };
}

/** What of its authority goes into a certificate. */
export interface IssuerFacts {
  readonly name: Der;
  readonly keyId: Uint8Array;
  readonly notAfter: Date;
}

const factsOfAuthority = new WeakMap<Authority, IssuerFacts>();

/** Read once for each authority. */
export function issuerFacts(authority: Authority): IssuerFacts {
  let facts = factsOfAuthority.get(authority);
  if (facts === undefined) {
    const certificate = new X509Certificate(authority.certificate);
    facts = {
      name: subjectOf(authority.certificate),
      keyId: keyIdentifierOf(certificate.publicKey),
      notAfter: new Date(certificate.validTo),
    };
    factsOfAuthority.set(authority, facts);
  }
  return facts;
}

/** Of a version 3 certificate: version, serial, algorithm, issuer, validity, subject. */
function subjectOf(certificate: Uint8Array): Der {
  const signed = partOf(fromDer(certificate), 0);
  const isVersioned = partsOf(signed).length > 6 && partOf(signed, 0).constructed;
  return partOf(signed, isVersioned ? 5 : 4);
}
