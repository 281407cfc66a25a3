import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CertificateStore } from './certificate-store.ts';
import { openIssuedStore } from './issued-store.ts';
import { STORE_FILES } from './store-files.ts';

/**
 * Opens a folder of certificates and keys: one that `bootstorm pki` keeps, or a user's own with `SEP001122334455.pem`
 * (certificate, chain and key), `.crt` with `.key`, `.p12` or `.pfx` for each phone, and perhaps `ca.pem` and
 * `password`. Certificates
 * are read when their phone is asked for. Throws `file-unreadable` or `invalid-certificates`.
 */
export async function openCertificateStore(folder: string): Promise<CertificateStore> {
  const kept = await isThere(join(folder, STORE_FILES.authorityKey));
  if (kept || (await isThere(join(folder, STORE_FILES.index)))) return openIssuedStore(folder);
  // What reads PKCS#12 is the larger half of what a worker would load.
  const { openOwnStore } = await import('./own-store.ts');
  return openOwnStore(folder);
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
