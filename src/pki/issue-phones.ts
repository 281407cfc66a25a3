import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate as othersTurn } from 'node:timers/promises';
import type { CredentialOrigin } from '../protocols/credential.ts';
import { BootstormError } from '../errors.ts';
import { type Authority, issuerFacts } from './authority.ts';
import { issueCertificate } from './issue-certificate.ts';
import { generateKey, KeyPool, keyDraw } from './key-pool.ts';
import { readAuthority } from './kept-authority.ts';
import { certificatePem, pemBlocks, pemContent } from './pem.ts';
import { sha256 } from './certificate-digest.ts';
import { privateKeysOf, readIfThere, STORE_FILES, writePrivateKeys, writePublicFile } from './store-files.ts';
import { type IndexEntry, indexText, StoreIndex } from './store-index.ts';

export interface PhoneToCertify {
  /** `SEP001122334455` */
  readonly deviceName: string;
  /** `7961G` */
  readonly model: string;
}

export interface IssueOptions {
  readonly kind: CredentialOrigin;
  /** Private keys that all phones of the folder share; those that are there already stay. */
  readonly keys: number;
  /** Which phone has which key. */
  readonly seed: number;
  /** Also for phones that have a valid certificate. */
  readonly again: boolean;
  /** O of a `mic`. */
  readonly micOrganisation: string;
}

/**
 * Not the manufacturer's name: a certificate of a simulated phone must be told from a real one wherever it is seen.
 * What a cluster goes by is CN.
 */
export const DEFAULT_MIC_ORGANISATION = 'bootstorm lab, not a manufacturer';

/** Certificates between two looks at what else the process has to do, about a tenth of a second. */
const AT_A_TIME = 100;

export interface Issued {
  readonly issued: number;
  /** Phones whose certificate was valid. */
  readonly kept: number;
  readonly keys: number;
  readonly notAfter: Date;
}

/**
 * Gives each phone a certificate of the folder's authority; those of other phones stay. Throws `file-unreadable` or
 * `invalid-certificates`.
 */
export async function issuePhoneCertificates(
  folder: string,
  phones: Iterable<PhoneToCertify>,
  options: IssueOptions,
): Promise<Issued> {
  const authority = await readAuthority(folder);
  const { notAfter } = issuerFacts(authority);
  if (notAfter.getTime() < Date.now()) {
    throw new BootstormError('invalid-certificates', `the authority in ${folder} has expired`, {
      hint: 'make a new one with `bootstorm pki init`, and have the cluster trust that instead',
    });
  }
  const pool = await growPool(folder, options.keys);
  const file = await CertificateFile.read(folder);
  const issuer = new X509Certificate(authority.certificate);
  let issued = 0;
  let kept = 0;
  for (const phone of phones) {
    if (!options.again && file.hasValid(phone.deviceName, options.kind, issuer)) {
      kept++;
      continue;
    }
    const key = pool.indexOf(keyDraw(options.seed, phone.deviceName));
    file.add(phone.deviceName, options.kind, key, certify(authority, phone, options, pool.publicKeyAt(key)));
    issued++;
    if (issued % AT_A_TIME === 0) await othersTurn();
  }
  if (issued > 0) await file.write(folder);
  return { issued, kept, keys: pool.size, notAfter };
}

function certify(
  authority: Authority,
  { deviceName, model }: PhoneToCertify,
  { kind, micOrganisation }: IssueOptions,
  publicKey: X509Certificate['publicKey'],
): Buffer {
  if (kind === 'lsc')
    return issueCertificate(authority, {
      profile: 'lsc',
      subject: { CN: deviceName },
      publicKey,
      deviceName,
    });
  // That a MIC has such a CN is general knowledge, no source.
  const subject = { O: micOrganisation, CN: `CP-${model}-${deviceName}` };
  return issueCertificate(authority, { profile: 'mic', subject, publicKey });
}

/** The keys of the folder, and new ones up to `count`: those that certificates were made for keep their places. */
async function growPool(folder: string, count: number): Promise<KeyPool> {
  const text = await readIfThere(folder, STORE_FILES.keys);
  const present = privateKeysOf(text ?? '', STORE_FILES.keys);
  if (present.length >= count) return new KeyPool(present);
  const fresh = await Promise.all(Array.from({ length: count - present.length }, () => generateKey()));
  const all = [...present, ...fresh];
  await writePrivateKeys(join(folder, STORE_FILES.keys), all);
  return new KeyPool(all);
}

interface Certified {
  readonly key: number;
  readonly digest: string;
  readonly pem: string;
}

/** All certificates of a folder while some are replaced: the file and its index are written together. */
class CertificateFile {
  readonly #certificates = new Map<string, Certified>();

  /** What of an index does not fit its file counts as not there: its phones get new certificates. */
  static async read(folder: string): Promise<CertificateFile> {
    const [index, text] = await Promise.all([
      readIfThere(folder, STORE_FILES.index),
      readIfThere(folder, STORE_FILES.phones),
    ]);
    const file = new CertificateFile();
    for (const entry of new StoreIndex(index ?? '', STORE_FILES.index).entries()) {
      const [block] = pemBlocks((text ?? '').slice(entry.offset, entry.offset + entry.length));
      if (block !== undefined && sha256(pemContent(block)) === entry.digest) file.#keep(entry, block.text);
    }
    return file;
  }

  hasValid(deviceName: string, origin: CredentialOrigin, issuer: X509Certificate): boolean {
    const found = this.#certificates.get(nameOf(deviceName, origin));
    if (found === undefined) return false;
    const certificate = new X509Certificate(found.pem);
    return (
      Date.parse(certificate.validTo) > Date.now() &&
      certificate.checkIssued(issuer) &&
      certificate.verify(issuer.publicKey)
    );
  }

  add(deviceName: string, origin: CredentialOrigin, key: number, der: Uint8Array): void {
    this.#certificates.set(nameOf(deviceName, origin), {
      key,
      digest: sha256(der),
      pem: certificatePem(der),
    });
  }

  async write(folder: string): Promise<void> {
    const entries: IndexEntry[] = [];
    const blocks: string[] = [];
    let offset = 0;
    for (const [name, { key, digest, pem }] of this.#certificates) {
      const [deviceName = '', origin] = name.split(' ');
      const heading = `${name}\n`;
      offset += heading.length;
      entries.push({
        deviceName,
        origin: origin as CredentialOrigin,
        key,
        digest,
        offset,
        length: pem.length,
      });
      offset += pem.length;
      blocks.push(heading, pem);
    }
    await writePublicFile(join(folder, STORE_FILES.phones), blocks.join(''));
    await writePublicFile(join(folder, STORE_FILES.index), indexText(entries));
  }

  #keep({ deviceName, origin, key, digest }: IndexEntry, pem: string): void {
    this.#certificates.set(nameOf(deviceName, origin), { key, digest, pem });
  }
}

function nameOf(deviceName: string, origin: CredentialOrigin): string {
  return `${deviceName} ${origin}`;
}
