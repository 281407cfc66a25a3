import { createCipheriv, type KeyObject, publicEncrypt, randomBytes, constants } from 'node:crypto';
import type { ConfigSeal } from '../protocols/trust/encrypted-config.ts';

/** AES-128. */
const KEY_BYTES = 16;
const IV_BYTES = 16;

/** A new AES key and IV for one file, the key wrapped for the phone that is to read it. */
export function sealFor(phoneKey: KeyObject): ConfigSeal {
  const key = randomBytes(KEY_BYTES);
  const iv = randomBytes(IV_BYTES);
  return {
    iv,
    wrappedKey: publicEncrypt({ key: phoneKey, padding: constants.RSA_PKCS1_PADDING }, key),
    encrypt: (wholeBlocks) => {
      const cipher = createCipheriv('aes-128-cbc', key, iv).setAutoPadding(false);
      return Buffer.concat([cipher.update(wholeBlocks), cipher.final()]);
    },
  };
}

/** A seal under which something else is encrypted than what the hash is of. */
export function lyingSeal(seal: ConfigSeal): ConfigSeal {
  return {
    ...seal,
    encrypt: (wholeBlocks) => seal.encrypt(wholeBlocks.map((byte, at) => (at === 0 ? byte ^ 1 : byte))),
  };
}
