import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CredentialOrigin } from '../protocols/credential.ts';
import { initialiseAuthority } from './kept-authority.ts';
import { DEFAULT_MIC_ORGANISATION, issuePhoneCertificates, type PhoneToCertify } from './issue-phones.ts';

export interface TemporaryStore {
  /** For `openCertificateStore` and `readAuthority`, in this process and in others. */
  readonly folder: string;
  /** Removes the folder with all keys. */
  close(): void;
}

/** Fewer than a kept folder has: they are made anew for every run. */
const KEYS = 4;
const DAYS = 2;

/**
 * A folder with an authority and a certificate for each phone, for a run against the embedded lab whose scenario names
 * none. It is removed by `close`, and at the latest when the process exits.
 */
export async function createTemporaryStore(
  phones: Iterable<PhoneToCertify>,
  seed: number,
  kind: CredentialOrigin = 'lsc',
): Promise<TemporaryStore> {
  const folder = await mkdtemp(join(tmpdir(), 'bootstorm-certificates-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  const close = (): void => {
    process.off('exit', remove);
    remove();
  };
  try {
    await initialiseAuthority(folder, { days: DAYS });
    const options = { kind, seed, keys: KEYS, again: false, micOrganisation: DEFAULT_MIC_ORGANISATION };
    await issuePhoneCertificates(folder, phones, options);
    return { folder, close };
  } catch (error) {
    close();
    throw error;
  }
}
