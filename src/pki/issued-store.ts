import type { KeyObject } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { BootstormError } from '../errors.ts';
import type { Credential, CredentialOrigin } from '../protocols/credential.ts';
import { sha256 } from './certificate-digest.ts';
import type { CertificateProblems, CertificateStore } from './certificate-store.ts';
import { credentialProblems } from './credential-problems.ts';
import { KeyPool } from './key-pool.ts';
import { pemBlocks, pemContent } from './pem.ts';
import { isOpenToOthers } from './private-mode.ts';
import { privateKeysOf, readIfThere, readStoreFile, STORE_FILES } from './store-files.ts';
import { type IndexEntry, StoreIndex } from './store-index.ts';

/** Opens a folder that `bootstorm pki` keeps. Throws `file-unreadable` or `invalid-certificates`. */
export async function openIssuedStore(folder: string): Promise<CertificateStore> {
  const [authority, keys, index] = await Promise.all([
    readStoreFile(folder, STORE_FILES.authority),
    readIfThere(folder, STORE_FILES.keys),
    readIfThere(folder, STORE_FILES.index),
  ]);
  const secrets = [STORE_FILES.authorityKey, STORE_FILES.keys];
  return new IssuedStore(
    folder,
    pemBlocks(authority).map(pemContent),
    privateKeysOf(keys ?? '', STORE_FILES.keys),
    new StoreIndex(index ?? '', STORE_FILES.index),
    secrets.filter((name) => isOpenToOthers(join(folder, name))),
  );
}

class IssuedStore implements CertificateStore {
  readonly folder: string;
  readonly authorities: readonly Uint8Array[];
  readonly #keys: KeyPool | null;
  readonly #index: StoreIndex;
  /** Names of files with keys that others can read. */
  readonly #exposed: readonly string[];

  constructor(
    folder: string,
    authorities: readonly Uint8Array[],
    keys: readonly KeyObject[],
    index: StoreIndex,
    exposed: readonly string[],
  ) {
    this.folder = folder;
    this.authorities = authorities;
    this.#keys = keys.length === 0 ? null : new KeyPool(keys);
    this.#index = index;
    this.#exposed = exposed;
  }

  credentialOf(deviceName: string, origin?: CredentialOrigin): Credential | null {
    const entry = this.#find(deviceName, origin);
    return entry === null ? null : this.#read(entry);
  }

  spareKey(draw: number): KeyObject | null {
    return this.#keys?.keyOf(draw) ?? null;
  }

  problemsOf(deviceName: string): CertificateProblems {
    const warnings = this.#exposed.map((name) => `${name} can be read by others than its owner: chmod 600`);
    try {
      const credential = this.credentialOf(deviceName);
      const problems = credential === null ? [] : credentialProblems(deviceName, credential);
      return { isMissing: credential === null, problems, warnings };
    } catch (error) {
      if (!(error instanceof BootstormError)) throw error;
      return { isMissing: false, problems: [error.message], warnings };
    }
  }

  #find(deviceName: string, origin: CredentialOrigin | undefined): IndexEntry | null {
    if (origin !== undefined) return this.#index.find(deviceName, origin);
    return this.#index.find(deviceName, 'lsc') ?? this.#index.find(deviceName, 'mic');
  }

  #read(entry: IndexEntry): Credential {
    const [block] = pemBlocks(readSlice(join(this.folder, STORE_FILES.phones), entry));
    const certificate = block && pemContent(block);
    const key =
      this.#keys !== null && entry.key < this.#keys.size ? this.#keys.privateKeyAt(entry.key) : null;
    if (certificate === undefined || sha256(certificate) !== entry.digest || key === null) {
      throw new BootstormError(
        'invalid-certificates',
        `${entry.deviceName}: ${STORE_FILES.index} does not fit ${key === null ? STORE_FILES.keys : STORE_FILES.phones}`,
        { hint: 'make the certificates again with `bootstorm pki issue`' },
      );
    }
    return { origin: entry.origin, certificate, digest: entry.digest, privateKey: key };
  }
}

function readSlice(path: string, { offset, length }: IndexEntry): string {
  const buffer = Buffer.alloc(length);
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    throw new BootstormError('file-unreadable', `cannot read certificates: ${(error as Error).message}`, {
      cause: error,
    });
  }
  try {
    const read = readSync(file, buffer, 0, length, offset);
    return buffer.toString('latin1', 0, read);
  } finally {
    closeSync(file);
  }
}
