import { createCipheriv, createHash, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EncryptionInfo } from '../../../src/protocols/trust/header.ts';
import { signerInfoOf, trustRecordOf } from '../../../src/protocols/trust/certificate.ts';
import { DIGESTS } from '../../../src/protocols/trust/digest.ts';
import {
  buildEncryptedConfig,
  type ConfigSeal,
  decryptConfig,
  MAX_ENCRYPTED_CONFIG_BYTES,
  parseEncryptedConfig,
} from '../../../src/protocols/trust/encrypted-config.ts';
import {
  buildSignedConfig,
  checkConfigSignature,
  parseSignedConfig,
} from '../../../src/protocols/trust/signed-config.ts';
import { buildSignedFile } from '../../../src/protocols/trust/signed-file.ts';
import { TRUST_ROLES } from '../../../src/protocols/trust/trust-record.ts';
import { DecodeError } from '../../../src/wire/decode-error.ts';
import { toHex } from '../../../src/wire/hex.ts';
import { holder, openssl, opensslOutput, pem, publicPem, rsaKey } from './openssl.ts';

const RSA_PKCS1_PADDING = 1;
const phone = holder('/CN=SEP001122334455', '77');
const stranger = holder('/CN=SEP000000000001', '78');
const tftp = holder('/O=Lab/CN=cucm-tftp', '0f01', rsaKey(2048));
const other = holder('/O=Lab/CN=cucm-tftp', '0f01', rsaKey(2048));
const node = { dnsName: 'cucm-tftp', ipv4: null };
const trusted = [
  trustRecordOf(tftp.certificate, TRUST_ROLES.tvs, node),
  trustRecordOf(tftp.certificate, TRUST_ROLES.tftp, node),
];

const CONTENT = Buffer.from(
  '<?xml version="1.0" encoding="UTF-8"?>\n<device><fullConfig>true</fullConfig></device>\n',
);
const HEADER = {
  signer: signerInfoOf(tftp.certificate),
  digest: 1,
  plaintextDigest: 1,
  fileName: 'SEP001122334455.cnf.xml.enc.sgn',
  timestampSeconds: 1_700_000_000,
} as const;

/** As the lab does it: with the randomness that the pure layer has not. */
function seal(key = randomBytes(16), iv = randomBytes(16)): ConfigSeal {
  return {
    iv,
    wrappedKey: publicEncrypt({ key: phone.certificate.publicKey, padding: RSA_PKCS1_PADDING }, key),
    encrypt(wholeBlocks) {
      const cipher = createCipheriv('aes-128-cbc', key, iv).setAutoPadding(false);
      return Buffer.concat([cipher.update(wholeBlocks), cipher.final()]);
    },
  };
}

describe('encrypted configurations', () => {
  it('are what they were built from, and their padding fills the last block', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 100 }),
        fc.constantFrom<1 | 2 | 3 | 4>(1, 2, 3, 4),
        (content, plaintextDigest) => {
          const bytes = buildEncryptedConfig(
            { ...HEADER, plaintextDigest },
            content,
            seal(),
            tftp.privateKey,
          );
          const file = parseEncryptedConfig(bytes);
          expect(file.header.version).toEqual({ major: 2, minor: 0 });
          expect(file.payload.length - content.length).toBe(file.header.encryption.paddingBytes);
          expect(file.header.encryption.paddingBytes).toBeGreaterThan(0);
          const decryption = decryptConfig(file, phone.privateKey);
          expect(decryption.ok && toHex(decryption.content)).toBe(toHex(content));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('are signed over the encrypted bytes by the TFTP server', () => {
    const bytes = buildEncryptedConfig(HEADER, CONTENT, seal(), tftp.privateKey);
    expect(checkConfigSignature(parseEncryptedConfig(bytes), trusted)).toEqual({
      outcome: 'valid',
      signer: trusted[1],
    });
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    expect(checkConfigSignature(parseEncryptedConfig(bytes), trusted).outcome).toBe('bad-signature');
  });

  it('that we build are decrypted by OpenSSL', () => {
    const { header, payload } = parseEncryptedConfig(
      buildEncryptedConfig(HEADER, CONTENT, seal(), tftp.privateKey),
    );
    const { iv, wrappedKey, paddingBytes, plaintextHash } = header.encryption;
    const key = opensslOutput({ 'key.pem': pem(phone.privateKey), wrapped: wrappedKey }, [
      ...['pkeyutl', '-decrypt', '-inkey', 'key.pem', '-in', 'wrapped', '-pkeyopt', 'rsa_padding_mode:pkcs1'],
    ]);
    expect(key).toHaveLength(16);
    const padded = opensslOutput({ payload }, [
      ...['enc', '-d', '-aes-128-cbc', '-K', toHex(key), '-iv', toHex(iv), '-nopad', '-in', 'payload'],
    ]);
    const content = padded.subarray(0, -paddingBytes);
    expect(content.toString()).toBe(CONTENT.toString());
    expect(padded.subarray(-paddingBytes).equals(Buffer.alloc(paddingBytes, '\r'))).toBe(true);
    const digest = opensslOutput({ content }, ['dgst', '-sha1', '-binary', 'content']);
    expect(toHex(plaintextHash)).toBe(toHex(digest));
  });

  it('that OpenSSL encrypts are decrypted by us', () => {
    const key = randomBytes(16);
    const iv = randomBytes(16);
    const theirs: ConfigSeal = {
      iv,
      wrappedKey: opensslOutput({ 'key.pem': publicPem(phone), key }, [
        ...['pkeyutl', '-encrypt', '-pubin', '-inkey', 'key.pem', '-in', 'key'],
        ...['-pkeyopt', 'rsa_padding_mode:pkcs1'],
      ]),
      encrypt: (plain) =>
        opensslOutput({ plain }, [
          ...['enc', '-aes-128-cbc', '-K', toHex(key), '-iv', toHex(iv), '-nopad', '-in', 'plain'],
        ]),
    };
    const file = parseEncryptedConfig(
      buildEncryptedConfig({ ...HEADER, plaintextDigest: 3 }, CONTENT, theirs, tftp.privateKey),
    );
    const decryption = decryptConfig(file, phone.privateKey);
    expect(decryption.ok && Buffer.from(decryption.content).toString()).toBe(CONTENT.toString());
  });

  it('are not for another phone, whatever its key', () => {
    const file = parseEncryptedConfig(buildEncryptedConfig(HEADER, CONTENT, seal(), tftp.privateKey));
    for (const key of [stranger.privateKey, tftp.privateKey, createPublicKey(tftp.privateKey)]) {
      expect(decryptConfig(file, key)).toEqual({ ok: false, problem: 'key-not-unwrapped' });
    }
  });

  it.each([
    ['a key of 24 bytes', Buffer.alloc(24, 1)],
    ['a key of 15 bytes', Buffer.alloc(15, 1)],
    ['no key', Buffer.alloc(0)],
  ])('with %s inside are refused', (_, key) => {
    const wrappedKey = publicEncrypt({ key: phone.certificate.publicKey, padding: RSA_PKCS1_PADDING }, key);
    const bytes = buildEncryptedConfig(HEADER, CONTENT, { ...seal(), wrappedKey }, tftp.privateKey);
    expect(decryptConfig(parseEncryptedConfig(bytes), phone.privateKey)).toEqual({
      ok: false,
      problem: 'key-not-unwrapped',
    });
  });

  it('with a block inside that is not padded as RFC 8017, section 7.2.1, says are refused', () => {
    const RSA_NO_PADDING = 3;
    const aesKey = randomBytes(16);
    const honest = Buffer.concat([Buffer.of(0, 2), Buffer.alloc(109, 0xff), Buffer.of(0), aesKey]);
    const unwrappedWith = (changes: readonly (readonly [at: number, byte: number])[]) => {
      const block = Buffer.from(honest);
      for (const [at, byte] of changes) block[at] = byte;
      const wrappedKey = publicEncrypt({ key: phone.certificate.publicKey, padding: RSA_NO_PADDING }, block);
      const bytes = buildEncryptedConfig(HEADER, CONTENT, { ...seal(aesKey), wrappedKey }, tftp.privateKey);
      return decryptConfig(parseEncryptedConfig(bytes), phone.privateKey).ok;
    };
    expect(unwrappedWith([])).toBe(true);
    expect(unwrappedWith([[0, 1]])).toBe(false);
    expect(unwrappedWith([[1, 1]])).toBe(false);
    expect(unwrappedWith([[2, 0]])).toBe(false);
    expect(unwrappedWith([[110, 0]])).toBe(false);
    expect(unwrappedWith([[111, 1]])).toBe(false);
  });

  it('whose wrapped key is any bytes are refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 128, maxLength: 128 }), (wrappedKey) => {
        const bytes = buildEncryptedConfig(HEADER, CONTENT, { ...seal(), wrappedKey }, tftp.privateKey);
        expect(decryptConfig(parseEncryptedConfig(bytes), phone.privateKey).ok).toBe(false);
      }),
      { numRuns: 50 },
    );
  });

  it('whose plaintext is not what was hashed are refused', () => {
    const honest = seal();
    const lying: ConfigSeal = {
      ...honest,
      encrypt: (plain) => honest.encrypt(Buffer.concat([Buffer.from('!'), plain.subarray(1)])),
    };
    const file = parseEncryptedConfig(buildEncryptedConfig(HEADER, CONTENT, lying, tftp.privateKey));
    expect(decryptConfig(file, phone.privateKey)).toEqual({ ok: false, problem: 'hash-mismatch' });
  });

  const encryption: EncryptionInfo = {
    iv: Buffer.alloc(16),
    paddingBytes: 1,
    wrappedKey: Buffer.alloc(128),
    plaintextDigest: 1,
    plaintextHash: Buffer.alloc(20),
  };
  const raw = (changes: Partial<EncryptionInfo>, payload = Buffer.alloc(16)) =>
    buildSignedFile(
      {
        ...HEADER,
        version: { major: 2, minor: 0 },
        signerVersion: null,
        encryption: { ...encryption, ...changes },
      },
      payload,
      tftp.privateKey,
    );

  it.each([
    ['an IV of 15 bytes', raw({ iv: Buffer.alloc(15) }), /iv @\d+: 15 bytes/],
    ['more padding than a block', raw({ paddingBytes: 17 }), /17 bytes of padding/],
    ['padding without end', raw({ paddingBytes: 0xffff }), /65535 bytes of padding/],
    [
      'a hash of another digest',
      raw({ plaintextHash: Buffer.alloc(32) }),
      /32 bytes do not go with the digest/,
    ],
    ['no payload', raw({}, Buffer.alloc(0)), /payload @\d+: 0 bytes are not whole blocks/],
    ['half a block', raw({}, Buffer.alloc(24)), /24 bytes are not whole blocks/],
    ['a plain file', buildSignedConfig(HEADER, CONTENT, tftp.privateKey), /1.0 is not encrypted/],
    ['a file over the limit', raw({}, Buffer.alloc(MAX_ENCRYPTED_CONFIG_BYTES)), /at most/],
  ])('refuse %s', (_, bytes, message) => {
    expect(() => parseEncryptedConfig(bytes)).toThrow(DecodeError);
    expect(() => parseEncryptedConfig(bytes)).toThrow(message);
  });

  it('refuse a length of the wrapped key that is not its length', () => {
    const bytes = raw({});
    const bits = bytes.indexOf(Buffer.of(23, 0, 2));
    bytes.writeUInt16BE(2048, bits + 3);
    expect(() => parseEncryptedConfig(bytes)).toThrow(/wrappedKeyBits @\d+: 2048 for 128 bytes/);
    bytes.writeUInt16BE(1024, bits + 3);
    expect(parseEncryptedConfig(bytes).header.encryption.wrappedKey).toHaveLength(128);
  });
});

describe('signed configurations', () => {
  const header = { ...HEADER, fileName: 'New_Zealand/g3-tones.xml.sgn' };

  it('are split into header and content', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (content) => {
        const file = parseSignedConfig(buildSignedConfig(header, content, tftp.privateKey));
        expect(toHex(file.payload)).toBe(toHex(content));
        expect(file.header).toMatchObject({ fileName: header.fileName, version: { major: 1, minor: 0 } });
      }),
      { numRuns: 50 },
    );
  });

  it('are checked with the key of the certificate that the trust list has for the TFTP server', () => {
    const file = parseSignedConfig(buildSignedConfig(header, CONTENT, tftp.privateKey));
    const forged = parseSignedConfig(buildSignedConfig(header, CONTENT, other.privateKey));
    const inRole = (role: number) => [trustRecordOf(tftp.certificate, role, node)];
    const cases = [
      [file, trusted, 'valid'],
      [file, inRole(TRUST_ROLES.callManagerAndTftp), 'valid'],
      [file, inRole(TRUST_ROLES.callManager), 'unknown-signer'],
      [file, inRole(TRUST_ROLES.sast), 'unknown-signer'],
      [file, [], 'unknown-signer'],
      [forged, trusted, 'bad-signature'],
    ] as const;
    for (const [candidate, records, outcome] of cases) {
      expect(checkConfigSignature(candidate, records).outcome).toBe(outcome);
    }
  });

  it('are good for OpenSSL with the certificate that is in the trust list', () => {
    const file = parseSignedConfig(buildSignedConfig({ ...header, digest: 2 }, CONTENT, tftp.privateKey));
    const certificate = trusted[1]?.certificate ?? '';
    const key = opensslOutput({ certificate }, [
      ...['x509', '-inform', 'DER', '-in', 'certificate', '-noout', '-pubkey'],
    ]);
    const files = { key, signature: file.signature, data: Buffer.concat(file.signedParts) };
    const verified = openssl(files, ['dgst', '-sha256', '-verify', 'key', '-signature', 'signature', 'data']);
    expect(verified.output.toString()).toBe('Verified OK\n');
  });

  it('refuse an encrypted file', () => {
    const encrypted = buildEncryptedConfig(HEADER, CONTENT, seal(), tftp.privateKey);
    expect(() => parseSignedConfig(encrypted)).toThrow(/2.0 is not that of a plain signed file/);
    expect(() => parseSignedConfig(encrypted)).toThrow(DecodeError);
    const { encryption } = parseEncryptedConfig(encrypted).header;
    const disguise = { ...HEADER, version: { major: 1, minor: 0 }, signerVersion: null, encryption };
    const inDisguise = buildSignedFile(disguise, CONTENT, tftp.privateKey);
    expect(() => parseSignedConfig(inDisguise)).toThrow(/1.0 is not that of a plain signed file/);
  });
});

describe('digests', () => {
  it.each([1, 2, 3, 4] as const)('%i has the length that the table says', (id) => {
    expect(createHash(DIGESTS[id].algorithm).digest()).toHaveLength(DIGESTS[id].bytes);
  });
});
