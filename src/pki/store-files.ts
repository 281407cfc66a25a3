import { createPrivateKey, type KeyObject } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BootstormError } from '../errors.ts';
import { pemBlocks } from './pem.ts';

/** What is in a folder that `bootstorm pki` keeps. */
export const STORE_FILES = {
  /** Certificate of the authority. */
  authority: 'ca.pem',
  authorityKey: 'ca.key',
  /** Private keys that the phones share, in order. */
  keys: 'keys.pem',
  /** Certificates of all phones, one after the other. */
  phones: 'phones.pem',
  /** Where in `phones.pem` each of them is, and which key belongs to it. */
  index: 'phones.index',
} as const;

/** Only its owner may look into a folder with keys, or read a key. */
const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;
const PUBLIC_FILE = 0o644;

/** Throws `file-unreadable`. */
export async function readStoreFile(folder: string, name: string): Promise<string> {
  try {
    return await readFile(join(folder, name), 'utf8');
  } catch (error) {
    throw unreadable(error as Error);
  }
}

/** The text of a file that need not be there. Throws `file-unreadable` for one that is and cannot be read. */
export async function readIfThere(folder: string, name: string): Promise<string | null> {
  try {
    return await readFile(join(folder, name), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw unreadable(error as Error);
  }
}

/**
 * Makes a folder that only its owner may look into. Throws `file-unreadable`, and `invalid-certificates` for one with
 * something in it: nothing is overwritten.
 */
export async function makePrivateFolder(folder: string): Promise<void> {
  let names: readonly string[];
  try {
    await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
    names = await readdir(folder);
    if (names.length === 0) await chmod(folder, PRIVATE_FOLDER);
  } catch (error) {
    throw unwritable(error as Error);
  }
  if (names.length > 0) {
    throw new BootstormError('invalid-certificates', `${folder} is not empty: nothing is overwritten`, {
      hint: 'name a new folder, or remove this one first: not while a cluster trusts an authority in it',
    });
  }
}

/** Writes a file as a whole or not at all. Throws `file-unreadable`. */
export async function writePublicFile(path: string, text: string): Promise<void> {
  await replaceFile(path, text, PUBLIC_FILE);
}

/** Writes private keys, for the owner's eyes only, as a whole or not at all. Throws `file-unreadable`. */
export async function writePrivateKeys(path: string, keys: readonly KeyObject[], before = ''): Promise<void> {
  const pem = keys.map((key) => key.export({ type: 'pkcs8', format: 'pem' })).join('');
  await replaceFile(path, before + pem, PRIVATE_FILE);
}

/** All private keys of a PEM text. Throws `invalid-certificates`, without a word of what the text is. */
export function privateKeysOf(text: string, file: string): readonly KeyObject[] {
  return pemBlocks(text)
    .filter(({ label }) => label === 'PRIVATE KEY')
    .map(({ text: pem }, i) => {
      try {
        return createPrivateKey(pem);
      } catch {
        throw new BootstormError('invalid-certificates', `${file}: private key ${i + 1} cannot be read`);
      }
    });
}

async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const fresh = `${path}.new`;
  try {
    await rm(fresh, { force: true });
    await writeFile(fresh, text, { mode, flag: 'wx' });
    await rename(fresh, path);
  } catch (error) {
    throw unwritable(error as Error);
  }
}

function unreadable(error: Error): BootstormError {
  return new BootstormError('file-unreadable', `cannot read certificates: ${error.message}`, {
    cause: error,
    hint: 'name a folder that `bootstorm pki init` made, or one with your own certificates',
  });
}

function unwritable(error: Error): BootstormError {
  return new BootstormError('file-unreadable', `cannot write certificates: ${error.message}`, {
    cause: error,
    hint: 'name a folder that may be written',
  });
}
