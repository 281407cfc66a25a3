import type { KeyObject } from 'node:crypto';
import { type Authority, issuerFacts } from './authority.ts';
import { alternativeNames, type CertificateProfile, leafExtensions } from './extensions.ts';
import { signCertificate } from './signed-certificate.ts';
import { encodeSubject, renamed, type Subject } from './subject.ts';
import { settleValidity, type Validity } from './validity.ts';

export interface CertificateRequest extends Validity {
  readonly profile: CertificateProfile;
  /** Of an `lsc` only CN counts: the rest is copied from the issuer, as CAPF does. */
  readonly subject: Subject;
  /** RSA. */
  readonly publicKey: KeyObject;
  /** `SEP001122334455`: becomes an alternative name, as CAPF writes it. */
  readonly deviceName?: string;
  /** Addresses and DNS names of a server. */
  readonly hosts?: readonly string[];
}

/** Certifies a phone's or a server's key. Returns DER. Throws RangeError for a validity that ends before it begins. */
export function issueCertificate(authority: Authority, request: CertificateRequest): Buffer {
  const issuer = issuerFacts(authority);
  const { publicKey } = request;
  return signCertificate(
    {
      issuer: issuer.name,
      subject:
        request.profile === 'lsc' ? renamed(issuer.name, request.subject.CN) : encodeSubject(request.subject),
      ...settleValidity(request, issuer.notAfter),
      publicKey,
      extensions: leafExtensions(
        request.profile,
        alternativeNames(request.deviceName, request.hosts ?? []),
        publicKey,
        issuer.keyId,
      ),
    },
    authority.privateKey,
  );
}
