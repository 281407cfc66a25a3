import { createDecipheriv, hash, type KeyObject, privateDecrypt } from 'node:crypto';
import { DecodeError } from '../../wire/decode-error.ts';
import { type DigestId, DIGESTS } from './digest.ts';
import { AES_BLOCK_BYTES, type EncryptionInfo, FILE_VERSIONS, type SignedHeader } from './header.ts';
import { unlessRefused } from '../openssl-refusal.ts';
import type { ConfigHeader } from './signed-config.ts';
import { buildSignedFile, parseSignedFile, type SignedFile } from './signed-file.ts';

/** A signed file whose payload is encrypted for one phone. */
export interface EncryptedConfig extends SignedFile {
  readonly header: SignedHeader & { readonly encryption: EncryptionInfo };
}

/** 2048 KB is the limit of a configuration that 78xx consoles print; the rest is for header and padding. */
export const MAX_ENCRYPTED_CONFIG_BYTES = (2048 + 64) * 1024;

/** A `.cnf.xml.enc.sgn` file, neither verified nor decrypted. Raises only `DecodeError`. */
export function parseEncryptedConfig(bytes: Uint8Array): EncryptedConfig {
  if (bytes.length > MAX_ENCRYPTED_CONFIG_BYTES) {
    throw new DecodeError(
      'trust/encrypted',
      0,
      `${bytes.length} bytes, at most ${MAX_ENCRYPTED_CONFIG_BYTES}`,
    );
  }
  const file = parseSignedFile(bytes);
  const { version, encryption } = file.header;
  if (version.major !== FILE_VERSIONS.encryptedConfig.major || encryption === null) {
    throw new DecodeError('trust/encrypted.version', 0, `${version.major}.${version.minor} is not encrypted`);
  }
  const { length } = file.payload;
  if (length === 0 || length % AES_BLOCK_BYTES !== 0) {
    throw new DecodeError(
      'trust/encrypted.payload',
      file.headerLength,
      `${length} bytes are not whole blocks`,
    );
  }
  return { ...file, header: { ...file.header, encryption } };
}

export type Decryption =
  | { readonly ok: true; readonly content: Uint8Array }
  | {
      readonly ok: false;
      /** `key-not-unwrapped`: the file is for another key. `hash-mismatch`: the plaintext is not what was encrypted. */
      readonly problem: 'key-not-unwrapped' | 'hash-mismatch';
    };

/**
 * The configuration in an encrypted file, by the private key of the phone's certificate (LSC, else MIC). The signature
 * is over the encrypted bytes and is the caller's to check first. Never throws, whatever the file.
 */
export function decryptConfig(file: EncryptedConfig, deviceKey: KeyObject): Decryption {
  const { iv, paddingBytes, wrappedKey, plaintextDigest, plaintextHash } = file.header.encryption;
  const key = unwrapKey(wrappedKey, deviceKey);
  if (key === null) return { ok: false, problem: 'key-not-unwrapped' };
  const decipher = createDecipheriv(CIPHER, key, iv).setAutoPadding(false);
  const padded = Buffer.concat([decipher.update(file.payload), decipher.final()]);
  const content = padded.subarray(0, padded.length - paddingBytes);
  const isGenuine = hash(DIGESTS[plaintextDigest].algorithm, content, 'buffer').equals(plaintextHash);
  return isGenuine ? { ok: true, content } : { ok: false, problem: 'hash-mismatch' };
}

const CIPHER = 'aes-128-cbc';
const AES_KEY_BYTES = 16;

/** `RSA_NO_PADDING` of OpenSSL's rsa.h. */
const RSA_NO_PADDING = 3;

/**
 * RSAES-PKCS1-v1_5 (RFC 8017, section 7.2.2), the padding taken off here: Node refuses to (CVE-2023-46809), because a
 * server that tells good padding from bad can be made to decrypt for others. A phone answers nobody. Null when the
 * padding is not there, which tells a file for another key from one that is damaged.
 */
function unwrapKey(wrappedKey: Uint8Array, deviceKey: KeyObject): Buffer | null {
  if (deviceKey.asymmetricKeyType !== 'rsa') return null;
  if (deviceKey.asymmetricKeyDetails?.modulusLength !== wrappedKey.length * 8) return null;
  const block = unlessRefused(() => privateDecrypt({ key: deviceKey, padding: RSA_NO_PADDING }, wrappedKey));
  if (block === null) return null;
  const keyStart = block.length - AES_KEY_BYTES;
  const isPadded =
    block[0] === 0 &&
    block[1] === 2 &&
    block.subarray(2, keyStart - 1).every((byte) => byte !== 0) &&
    block[keyStart - 1] === 0;
  return isPadded ? block.subarray(keyStart) : null;
}

/**
 * The sealing of one file, done where randomness may be had: a new AES key and IV, the key wrapped by
 * RSAES-PKCS1-v1_5 for the phone's certificate.
 */
export interface ConfigSeal {
  readonly iv: Uint8Array;
  readonly wrappedKey: Uint8Array;
  /** AES-128-CBC of whole blocks with that key and IV, no padding added. */
  encrypt(wholeBlocks: Uint8Array): Uint8Array;
}

/** What fills the last block: carriage returns, at least one (certutils). */
const PADDING_BYTE = 0x0d;

/** A `.cnf.xml.enc.sgn` file. RangeError for values that the format cannot hold. */
export function buildEncryptedConfig(
  header: ConfigHeader & { readonly plaintextDigest: DigestId },
  content: Uint8Array,
  seal: ConfigSeal,
  privateKey: KeyObject,
): Buffer {
  const { plaintextDigest, ...signedHeader } = header;
  const paddingBytes = AES_BLOCK_BYTES - (content.length % AES_BLOCK_BYTES);
  const encryption: EncryptionInfo = {
    iv: seal.iv,
    paddingBytes,
    wrappedKey: seal.wrappedKey,
    plaintextDigest,
    plaintextHash: hash(DIGESTS[plaintextDigest].algorithm, content, 'buffer'),
  };
  return buildSignedFile(
    { ...signedHeader, version: FILE_VERSIONS.encryptedConfig, signerVersion: null, encryption },
    seal.encrypt(Buffer.concat([content, Buffer.alloc(paddingBytes, PADDING_BYTE)])),
    privateKey,
  );
}
