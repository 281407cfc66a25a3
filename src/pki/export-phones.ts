import { join } from 'node:path';
import { BootstormError } from '../errors.ts';
import { openIssuedStore } from './issued-store.ts';
import { certificatePem } from './pem.ts';
import {
  makePrivateFolder,
  readIfThere,
  STORE_FILES,
  writePrivateKeys,
  writePublicFile,
} from './store-files.ts';
import { StoreIndex } from './store-index.ts';

/**
 * A new folder with one file for each phone, for other programs: certificate, that of its authority, private key; and
 * the authority by itself. Returns how many phones. Throws `file-unreadable` or `invalid-certificates`.
 */
export async function exportPhones(folder: string, target: string): Promise<number> {
  const store = await openIssuedStore(folder);
  const index = new StoreIndex((await readIfThere(folder, STORE_FILES.index)) ?? '', STORE_FILES.index);
  const names = new Set([...index.entries()].map(({ deviceName }) => deviceName));
  if (names.size === 0) {
    throw new BootstormError('invalid-certificates', `${folder} has no certificates of phones`, {
      hint: 'make them with `bootstorm pki issue`',
    });
  }
  await makePrivateFolder(target);
  const chain = store.authorities.map(certificatePem).join('');
  for (const name of names) {
    const credential = store.credentialOf(name);
    if (credential === null) continue;
    const certificates = certificatePem(credential.certificate) + chain;
    await writePrivateKeys(join(target, `${name}.pem`), [credential.privateKey], certificates);
  }
  await writePublicFile(join(target, STORE_FILES.authority), chain);
  return names.size;
}
