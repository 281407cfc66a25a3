import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BootstormError } from '../errors.ts';
import type { Credential, CredentialOrigin } from '../protocols/credential.ts';
import type { CertificateProblems, CertificateStore } from './certificate-store.ts';
import { credentialProblems } from './credential-problems.ts';
import { type OwnCredential, readOwnCredential } from './own-credential.ts';
import { listOwnFiles, OWN_PASSWORD, type OwnFiles } from './own-files.ts';
import { pemBlocks, pemContent } from './pem.ts';
import { isOpenToOthers } from './private-mode.ts';
import { readIfThere } from './store-files.ts';

/** Opens a folder with a user's own certificates. Throws `file-unreadable` or `invalid-certificates`. */
export async function openOwnStore(folder: string): Promise<CertificateStore> {
  const [files, password] = await Promise.all([listOwnFiles(folder), readIfThere(folder, OWN_PASSWORD)]);
  const authorities = await Promise.all(files.authorities.map((name) => readAuthorities(folder, name)));
  return new OwnStore(folder, files, authorities.flat(), password?.replace(/\r?\n[^]*$/, '') ?? null);
}

class OwnStore implements CertificateStore {
  readonly folder: string;
  readonly authorities: readonly Uint8Array[];
  readonly #files: OwnFiles;
  readonly #password: string | null;

  constructor(folder: string, files: OwnFiles, authorities: readonly Uint8Array[], password: string | null) {
    this.folder = folder;
    this.authorities = authorities;
    this.#files = files;
    this.#password = password;
  }

  credentialOf(deviceName: string, origin?: CredentialOrigin): Credential | null {
    const own = this.#read(deviceName);
    if (own === null) return null;
    const [problem] = own.problems;
    if (problem !== undefined) throw new BootstormError('invalid-certificates', problem);
    return origin === undefined || own.credential?.origin === origin ? own.credential : null;
  }

  /** They are all somebody's. */
  spareKey(): null {
    return null;
  }

  problemsOf(deviceName: string): CertificateProblems {
    const own = this.#read(deviceName);
    if (own === null) return { isMissing: true, problems: [], warnings: [] };
    const files = this.#files.phones.get(deviceName) ?? {};
    const holder = files.pkcs12 ?? files.pem ?? files.certificate ?? deviceName;
    const unfit = own.credential === null ? [] : credentialProblems(holder, own.credential);
    const exposed = [files.pkcs12, files.key ?? files.pem, OWN_PASSWORD].filter(
      (name) => name !== undefined && isOpenToOthers(join(this.folder, name)),
    );
    return {
      isMissing: false,
      problems: [...own.problems, ...unfit],
      warnings: [
        ...exposed.map((name) => `${name} can be read by others than its owner: chmod 600`),
        ...(own.credential === null ? [] : nameWarnings(holder, deviceName, own.credential)),
      ],
    };
  }

  #read(deviceName: string): OwnCredential | null {
    const files = this.#files.phones.get(deviceName);
    if (files === undefined) return null;
    const problems = this.#files.problems.get(deviceName);
    return problems === undefined
      ? readOwnCredential(this.folder, files, this.#password)
      : { credential: null, problems };
  }
}

/** A cluster compares CN with the name under which a phone registers: `SEP...`, or `CP-<model>-SEP...`. */
function nameWarnings(where: string, deviceName: string, { certificate }: Credential): readonly string[] {
  const { subject } = new X509Certificate(certificate);
  const [, commonName = ''] = /^CN=(.*)$/m.exec(subject) ?? [];
  return commonName.toUpperCase().endsWith(deviceName)
    ? []
    : [
        `${where}: the certificate is for ${commonName === '' ? 'nobody' : commonName}: a cluster expects the device name`,
      ];
}

async function readAuthorities(folder: string, name: string): Promise<readonly Uint8Array[]> {
  try {
    const bytes = await readFile(join(folder, name));
    const blocks = pemBlocks(bytes.toString('latin1')).map(pemContent);
    return (blocks.length === 0 ? [bytes] : blocks).map((der) => new X509Certificate(der).raw);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new BootstormError(
      'invalid-certificates',
      `${join(folder, name)}: ${code?.startsWith('E') === true && !code.startsWith('ERR_') ? `cannot be read (${code})` : 'not a certificate'}`,
    );
  }
}
