import { X509Certificate } from 'node:crypto';
import { TLS_ALERT } from './tls-alerts.ts';

/**
 * CallManager-trust: whose phones a CallManager takes. The alerts are those of OpenSSL, on which CUCM's own TLS rests
 * (ssl/statem/statem_lib.c, `ssl_x509err2alert`):
 *
 *   certificate                               alert
 *   ----------------------------------------  -------------------------
 *   none                                      40 handshake_failure
 *   cannot be read                            50 decode_error
 *   of an issuer that is not in the store     48 unknown_ca
 *   with a signature that is not its issuer's 51 decrypt_error
 *   not yet valid                             42 bad_certificate
 *   no longer valid                           45 certificate_expired
 */
export class ClientTrust {
  readonly #issuers: readonly X509Certificate[];

  /** @param issuers certificates of authorities, DER */
  constructor(issuers: readonly Uint8Array[]) {
    this.#issuers = issuers.map((der) => new X509Certificate(der));
  }

  /** The alert with which a client is refused that has shown this; null: it is welcome. */
  alertFor(certificate: Uint8Array | null, now: Date): number | null {
    if (certificate === null) return TLS_ALERT.handshakeFailure;
    let shown: X509Certificate;
    try {
      shown = new X509Certificate(certificate);
    } catch {
      return TLS_ALERT.decodeError;
    }
    const issuers = this.#issuers.filter((issuer) => shown.issuer === issuer.subject);
    if (issuers.length === 0) return TLS_ALERT.unknownCa;
    if (!issuers.some((issuer) => verifies(shown, issuer))) return TLS_ALERT.decryptError;
    if (new Date(shown.validFrom) > now) return TLS_ALERT.badCertificate;
    return new Date(shown.validTo) < now ? TLS_ALERT.certificateExpired : null;
  }
}

/** The device that a certificate belongs to: an LSC has `SEP<MAC>` as its CN, a MIC `CP-<model>-SEP<MAC>`. */
export function certifiedDevice(certificate: X509Certificate): string | null {
  const commonName = /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? '';
  return /^(?:CP-.+-)?(SEP[0-9A-F]{12})$/.exec(commonName)?.[1] ?? null;
}

function verifies(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.verify(issuer.publicKey);
  } catch {
    return false;
  }
}
