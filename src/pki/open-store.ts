import type { CertificateStore } from './certificate-store.ts';
import { openIssuedStore } from './issued-store.ts';

/**
 * Opens a folder of certificates and keys: one that `bootstorm pki` keeps. Throws `file-unreadable` or
 * `invalid-certificates`.
 */
export function openCertificateStore(folder: string): Promise<CertificateStore> {
  return openIssuedStore(folder);
}
