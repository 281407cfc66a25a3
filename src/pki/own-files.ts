import { readdir } from 'node:fs/promises';
import { BootstormError } from '../errors.ts';

/** Kinds of files of a user's own, by the ends of their names. */
const ENDINGS = {
  /** Certificate, chain and key in any order, or without the key. */
  pem: 'pem',
  crt: 'certificate',
  cer: 'certificate',
  key: 'key',
  p12: 'pkcs12',
  pfx: 'pkcs12',
} as const;
type FileKind = (typeof ENDINGS)[keyof typeof ENDINGS];

/** Names of the files that one phone has. */
export type PhoneFiles = Partial<Record<FileKind, string>>;

const FILE_NAME = /^(SEP[0-9A-F]{12})\.(pem|crt|cer|key|p12|pfx)$/i;

export interface OwnFiles {
  readonly phones: ReadonlyMap<string, PhoneFiles>;
  /** Certificates of authorities. */
  readonly authorities: readonly string[];
  /** What is there twice, one sentence each. */
  readonly problems: ReadonlyMap<string, readonly string[]>;
}

/** A file whose first line opens PKCS#12 files and encrypted keys. It goes with the folder, wherever that is named. */
export const OWN_PASSWORD = 'password';

const AUTHORITY_NAME = /^ca\.(?:pem|crt|cer)$/i;

/** Which phones a folder has files for. Throws `file-unreadable`, and `invalid-certificates` for a folder without any. */
export async function listOwnFiles(folder: string): Promise<OwnFiles> {
  const names = await namesIn(folder);
  const phones = new Map<string, PhoneFiles>();
  const problems = new Map<string, string[]>();
  for (const name of names) {
    const [, device, ending] = FILE_NAME.exec(name) ?? [];
    if (device === undefined || ending === undefined) continue;
    const deviceName = device.toUpperCase();
    const files = phones.get(deviceName) ?? {};
    const kind = ENDINGS[ending.toLowerCase() as keyof typeof ENDINGS];
    const rival = rivalOf(kind, files);
    if (rival === undefined) files[kind] = name;
    else
      problems.set(deviceName, [
        ...(problems.get(deviceName) ?? []),
        `${name}: ${rival} is there too: keep one`,
      ]);
    phones.set(deviceName, files);
  }
  if (phones.size === 0) {
    throw new BootstormError('invalid-certificates', `${folder} has no certificates of phones`, {
      hint: 'make some with `bootstorm pki issue`, or bring your own: SEP001122334455.pem, .crt with .key, .p12 or .pfx',
    });
  }
  return { phones, problems, authorities: names.filter((name) => AUTHORITY_NAME.test(name)) };
}

/** The file that says the same as another would: a certificate is in one file, a key in one. */
function rivalOf(kind: FileKind, files: PhoneFiles): string | undefined {
  if (kind === 'key') return files.key ?? files.pkcs12;
  if (kind === 'pkcs12') return files.pkcs12 ?? files.pem ?? files.certificate ?? files.key;
  return files.pem ?? files.certificate ?? files.pkcs12;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    throw new BootstormError('file-unreadable', `cannot read certificates: ${(error as Error).message}`, {
      cause: error,
      hint: 'name a folder that `bootstorm pki init` made, or one with your own certificates',
    });
  }
}
