import { randomBytes, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { BootstormError } from '../errors.ts';
import { type Authority, createAuthority } from './authority.ts';
import { certificatePem, pemBlocks, pemContent } from './pem.ts';
import {
  makePrivateFolder,
  privateKeysOf,
  readStoreFile,
  STORE_FILES,
  writePrivateKeys,
  writePublicFile,
} from './store-files.ts';

export interface NewAuthorityOptions {
  /** CN; default: one that no other authority of this program has. */
  readonly name?: string;
  readonly days: number;
}

const ORGANISATION = 'bootstorm lab';

/**
 * Makes an authority in a folder that is not there yet, or empty. Throws `file-unreadable`, and `invalid-certificates`
 * where something is in the folder: nothing is overwritten.
 */
export async function initialiseAuthority(folder: string, options: NewAuthorityOptions): Promise<Authority> {
  await makePrivateFolder(folder);
  const CN = options.name ?? `bootstorm lab CA ${randomBytes(4).toString('hex')}`;
  const authority = await createAuthority({ subject: { O: ORGANISATION, CN }, days: options.days });
  await writePrivateKeys(join(folder, STORE_FILES.authorityKey), [authority.privateKey]);
  await writePublicFile(join(folder, STORE_FILES.authority), certificatePem(authority.certificate));
  return authority;
}

/** The authority of a folder that `bootstorm pki init` made. Throws `file-unreadable` or `invalid-certificates`. */
export async function readAuthority(folder: string): Promise<Authority> {
  const certificate = await readAuthorityCertificate(folder);
  const [privateKey] = privateKeysOf(
    await readStoreFile(folder, STORE_FILES.authorityKey),
    STORE_FILES.authorityKey,
  );
  if (privateKey === undefined || !new X509Certificate(certificate).checkPrivateKey(privateKey)) {
    throw new BootstormError(
      'invalid-certificates',
      `${folder}: ${STORE_FILES.authorityKey} is not the key of ${STORE_FILES.authority}`,
    );
  }
  return { certificate, privateKey };
}

/** DER. Throws `file-unreadable` or `invalid-certificates`. */
export async function readAuthorityCertificate(folder: string): Promise<Uint8Array> {
  const [block] = pemBlocks(await readStoreFile(folder, STORE_FILES.authority));
  try {
    if (block !== undefined) return new X509Certificate(pemContent(block)).raw;
  } catch {
    // Said below.
  }
  throw new BootstormError(
    'invalid-certificates',
    `${folder}: ${STORE_FILES.authority} is not a certificate`,
  );
}
