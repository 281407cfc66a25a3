import type { KeyObject } from 'node:crypto';
import { DecodeError } from '../../wire/decode-error.ts';
import { checkSignature, type SignatureCheck } from './acceptance.ts';
import { FILE_VERSIONS, type SignedHeader } from './header.ts';
import { buildSignedFile, parseSignedFile, type SignedFile } from './signed-file.ts';
import { TRUST_ROLES, type TrustRecord } from './trust-record.ts';

/**
 * A file of the TFTP server with a signature in front of it (`.cnf.xml.sgn`, and every locale or soft key file of a
 * trusted server): its payload is the file. Raises `DecodeError` for an encrypted one too.
 */
export function parseSignedConfig(bytes: Uint8Array): SignedFile {
  const file = parseSignedFile(bytes);
  const { major, minor } = file.header.version;
  if (major !== FILE_VERSIONS.signedConfig.major || file.header.encryption !== null) {
    throw new DecodeError('trust/config.version', 0, `${major}.${minor} is not that of a plain signed file`);
  }
  return file;
}

/**
 * The signature of a configuration, plain or encrypted, against the phone's trust list. An unknown signer is a
 * question for TVS; a bad signature is not.
 */
export function checkConfigSignature(file: SignedFile, records: readonly TrustRecord[]): SignatureCheck {
  return checkSignature(file, records, CONFIG_SIGNERS);
}

/** usecallmanager.nz, "Device security": the certificate of the TFTP server. */
const CONFIG_SIGNERS = [TRUST_ROLES.callManagerAndTftp, TRUST_ROLES.tftp];

/** What the builder of a configuration may choose. `fileName` is the requested name, folder and `.sgn` included. */
export type ConfigHeader = Pick<SignedHeader, 'signer' | 'digest' | 'fileName' | 'timestampSeconds'>;

export function buildSignedConfig(header: ConfigHeader, content: Uint8Array, privateKey: KeyObject): Buffer {
  return buildSignedFile(
    { ...header, version: FILE_VERSIONS.signedConfig, signerVersion: null, encryption: null },
    content,
    privateKey,
  );
}
