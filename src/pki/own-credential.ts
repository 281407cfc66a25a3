import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Credential } from '../protocols/credential.ts';
import { sha256 } from './certificate-digest.ts';
import { type PemBlock, pemBlocks, pemContent } from './pem.ts';
import { type Pkcs12Refusal, readPkcs12 } from './pkcs12.ts';
import { OWN_PASSWORD, type PhoneFiles } from './own-files.ts';

/** A long chain and its key have some 20 KB. */
const MAX_FILE_BYTES = 1024 * 1024;

/** What a phone's own files give. Problems name files, never what is in them. */
export interface OwnCredential {
  readonly credential: Credential | null;
  readonly problems: readonly string[];
}

/** Everything that the files of a phone say, before it is known what belongs together. */
interface Parts {
  readonly certificates: Uint8Array[];
  readonly keys: KeyObject[];
  readonly problems: string[];
}

/** Reads the files of one phone. `password` opens PKCS#12 files and encrypted keys; null: there is none. */
export function readOwnCredential(folder: string, files: PhoneFiles, password: string | null): OwnCredential {
  const parts: Parts = { certificates: [], keys: [], problems: [] };
  for (const name of [files.pem, files.certificate, files.key]) {
    if (name !== undefined) withFile(folder, name, parts, (bytes) => readPem(name, bytes, password, parts));
  }
  const { pkcs12 } = files;
  if (pkcs12 !== undefined)
    withFile(folder, pkcs12, parts, (bytes) => readPkcs12File(pkcs12, bytes, password, parts));
  return assemble(files, parts);
}

function assemble(files: PhoneFiles, { certificates, keys, problems }: Parts): OwnCredential {
  const holder = files.pkcs12 ?? files.pem ?? files.certificate ?? '';
  const [privateKey] = keys;
  if (problems.length === 0) {
    if (certificates.length === 0) problems.push(`${holder === '' ? files.key : holder}: no certificate`);
    if (privateKey === undefined)
      problems.push(`${holder}: no private key, and no file ${keyFileFor(holder)} beside it`);
  }
  const [first] = certificates;
  if (problems.length > 0 || privateKey === undefined || first === undefined)
    return { credential: null, problems };
  const parsed = certificates.map((der) => new X509Certificate(der));
  // Behind its own certificate a file may have those of its authorities.
  const own = parsed.findIndex((certificate) => certificate.checkPrivateKey(privateKey));
  const certificate = certificates[own] ?? first;
  const subject = parsed[Math.max(own, 0)]?.subject ?? '';
  const origin = /^CN=CP-/m.test(subject) ? 'mic' : 'lsc';
  return { credential: { origin, certificate, digest: sha256(certificate), privateKey }, problems };
}

function withFile(folder: string, name: string, { problems }: Parts, read: (bytes: Buffer) => void): void {
  let bytes: Buffer;
  try {
    if (statSync(join(folder, name)).size > MAX_FILE_BYTES) {
      problems.push(`${name}: larger than any certificate`);
      return;
    }
    bytes = readFileSync(join(folder, name));
  } catch (error) {
    problems.push(`${name}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
    return;
  }
  read(bytes);
}

function readPem(name: string, bytes: Buffer, password: string | null, parts: Parts): void {
  const blocks = pemBlocks(bytes.toString('latin1'));
  if (blocks.length === 0) {
    // A certificate may be bare DER, as a cluster hands it out.
    addCertificate(name, bytes, parts);
    return;
  }
  for (const block of blocks) {
    if (/^(?:X509 |TRUSTED )?CERTIFICATE$/.test(block.label)) addCertificate(name, pemContent(block), parts);
    else if (block.label.endsWith('PRIVATE KEY')) addKey(name, block, password, parts);
  }
}

function addCertificate(name: string, der: Uint8Array, { certificates, problems }: Parts): void {
  try {
    certificates.push(new X509Certificate(der).raw);
  } catch {
    problems.push(`${name}: neither PEM nor a certificate in DER`);
  }
}

function addKey(
  name: string,
  { label, text }: PemBlock,
  password: string | null,
  { keys, problems }: Parts,
): void {
  const encrypted = label.startsWith('ENCRYPTED') || text.includes('\nProc-Type: 4,ENCRYPTED');
  if (encrypted && password === null) {
    problems.push(`${name}: the private key is encrypted, and no file ${OWN_PASSWORD} beside it opens it`);
    return;
  }
  try {
    keys.push(createPrivateKey(password === null ? text : { key: text, passphrase: password }));
  } catch {
    problems.push(
      `${name}: the private key cannot be read${encrypted ? ': a wrong password, or a cipher that OpenSSL has retired' : ''}`,
    );
  }
}

function readPkcs12File(name: string, bytes: Buffer, password: string | null, parts: Parts): void {
  const content = readPkcs12(bytes, password ?? '');
  if (typeof content === 'string') {
    parts.problems.push(`${name}: ${refusalText(content, password !== null)}`);
    return;
  }
  parts.keys.push(...content.privateKeys);
  for (const certificate of content.certificates) addCertificate(name, certificate, parts);
}

function refusalText(refusal: Pkcs12Refusal, hasPassword: boolean): string {
  switch (refusal) {
    case 'wrong-password':
      return hasPassword
        ? 'a wrong password'
        : `needs a password, and no file ${OWN_PASSWORD} beside it has one`;
    case 'unreadable':
      return 'not PKCS#12, or with algorithms that are not known here: `openssl pkcs12 -nodes` makes PEM of it';
    case 'too-many-iterations':
      return 'its password would be worked on more than a million times';
  }
}

function keyFileFor(name: string): string {
  return name.replace(/\.[^.]+$/, '.key');
}
