import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { signerInfoOf } from '../protocols/trust/certificate.ts';
import type { DigestId } from '../protocols/trust/digest.ts';
import { type ConfigHeader, buildSignedConfig } from '../protocols/trust/signed-config.ts';
import type { LabSecurity } from '../scenario/lab-security.ts';
import type { PemCredential } from './cluster-certificates.ts';

const DIGEST_IDS = { sha1: 1, sha256: 2, sha512: 3 } as const satisfies Record<
  LabSecurity['signatureDigest'],
  DigestId
>;

/** Somebody who signs files: a certificate, and its key in memory. */
export class FileSigner {
  readonly certificate: X509Certificate;
  readonly privateKey: KeyObject;
  readonly digest: DigestId;
  readonly #signer: ConfigHeader['signer'];
  readonly #timestampSeconds: number;

  /** @param timestampSeconds what files say of when they were made: once for all, so that equal files stay equal */
  constructor(credential: PemCredential, digest: LabSecurity['signatureDigest'], timestampSeconds: number) {
    this.certificate = new X509Certificate(credential.certificate);
    this.privateKey = createPrivateKey(credential.privateKey);
    this.digest = DIGEST_IDS[digest];
    this.#signer = signerInfoOf(this.certificate);
    this.#timestampSeconds = timestampSeconds;
  }

  header(fileName: string): ConfigHeader {
    return {
      signer: this.#signer,
      digest: this.digest,
      fileName,
      timestampSeconds: this.#timestampSeconds,
    };
  }

  sign(fileName: string, content: Uint8Array): Buffer {
    return buildSignedConfig(this.header(fileName), content, this.privateKey);
  }
}
