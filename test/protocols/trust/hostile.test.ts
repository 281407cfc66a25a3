import { createCipheriv, publicEncrypt, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeTrustList } from '../../../src/protocols/trust/acceptance.ts';
import { signerInfoOf, trustRecordOf } from '../../../src/protocols/trust/certificate.ts';
import {
  buildEncryptedConfig,
  decryptConfig,
  parseEncryptedConfig,
} from '../../../src/protocols/trust/encrypted-config.ts';
import {
  buildSignedConfig,
  checkConfigSignature,
  parseSignedConfig,
} from '../../../src/protocols/trust/signed-config.ts';
import { buildTrustList, parseTrustList } from '../../../src/protocols/trust/trust-list.ts';
import { TRUST_ROLES, type TrustRecord } from '../../../src/protocols/trust/trust-record.ts';
import { DecodeError } from '../../../src/wire/decode-error.ts';
import { holder } from './openssl.ts';

const signer = holder('/O=Lab/CN=sast', '1f2e3d');
const phone = holder('/CN=SEP001122334455', '77');
const node = { dnsName: 'cucm-pub', ipv4: '192.0.2.1' };
const SAST = trustRecordOf(signer.certificate, TRUST_ROLES.sast, node);
/** Slim: bytes in certificates are changed in a test of their own. */
const RECORDS = [TRUST_ROLES.sast, TRUST_ROLES.callManagerAndTftp].map((role) => ({
  ...SAST,
  role,
  certificate: null,
}));
const HEADER = {
  signerVersion: null,
  signer: signerInfoOf(signer.certificate),
  digest: 1,
  plaintextDigest: 1,
  fileName: 'file',
  timestampSeconds: 1,
} as const;
const CONTENT = Buffer.from('<device>'.repeat(20));
const KEY = randomBytes(16);
const IV = randomBytes(16);

const LIST = buildTrustList(HEADER, RECORDS, signer.privateKey);
const CONFIG = buildSignedConfig(HEADER, CONTENT, signer.privateKey);
const ENCRYPTED = buildEncryptedConfig(
  HEADER,
  CONTENT,
  {
    iv: IV,
    wrappedKey: publicEncrypt({ key: phone.certificate.publicKey, padding: 1 }, KEY),
    encrypt: (plain) => createCipheriv('aes-128-cbc', KEY, IV).setAutoPadding(false).update(plain),
  },
  signer.privateKey,
);

/** All that a phone does with a file of each kind; whether it would take it. */
const KINDS = {
  'trust list': (bytes: Uint8Array) => {
    const list = parseTrustList(bytes);
    const verdicts = [null, RECORDS].map((known) => judgeTrustList({ list, known, tvs: 'not-asked' }));
    return verdicts.some(({ verdict }) => verdict === 'accept' || verdict === 'ask-tvs');
  },
  'signed configuration': (bytes: Uint8Array) =>
    checkConfigSignature(parseSignedConfig(bytes), RECORDS).outcome === 'valid',
  'encrypted configuration': (bytes: Uint8Array) => {
    const file = parseEncryptedConfig(bytes);
    const isDecrypted = decryptConfig(file, phone.privateKey).ok;
    return checkConfigSignature(file, RECORDS).outcome === 'valid' && isDecrypted;
  },
} as const;

/** Whether the file is taken; false for a DecodeError, and every other exception fails the test. */
function isTaken(take: (bytes: Uint8Array) => boolean, bytes: Uint8Array): boolean {
  try {
    return take(bytes);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    expect(error.path).toMatch(/^trust\//);
    expect(error.offset).toBeLessThanOrEqual(bytes.length);
    return false;
  }
}

describe.each([
  ['trust list', LIST],
  ['signed configuration', CONFIG],
  ['encrypted configuration', ENCRYPTED],
] as const)('a %s', (kind, genuine) => {
  const take = KINDS[kind];

  it('is taken as it is', () => {
    expect(take(genuine)).toBe(true);
  });

  it('cut short anywhere is not taken', () => {
    for (let length = 0; length < genuine.length; length++) {
      expect(isTaken(take, genuine.subarray(0, length)), `${length} bytes`).toBe(false);
    }
  });

  it('with other bytes anywhere is not taken', () => {
    fc.assert(
      fc.property(spoiled(genuine), (bytes) => {
        expect(isTaken(take, bytes)).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it('with any length that lies is not taken', () => {
    for (let at = 1; at < genuine.length - 1; at++) {
      for (const lie of [0, 0xffff]) {
        const bytes = Buffer.from(genuine);
        if (bytes.readUInt16BE(at) === lie) continue;
        bytes.writeUInt16BE(lie, at);
        expect(isTaken(take, bytes), `${lie} @${at}`).toBe(false);
      }
    }
  });

  it('made of any bytes raises nothing but DecodeError', () => {
    const start = genuine.subarray(0, 10);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.boolean(), (bytes, isAlike) => {
        expect(isTaken(take, isAlike ? Buffer.concat([start, bytes]) : bytes)).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it('made of any TLVs raises nothing but DecodeError', () => {
    const tlv = fc
      .tuple(fc.nat(29), fc.uint8Array({ maxLength: 40 }), fc.constantFrom(0, 0, 0, 1, -1, 0xff00))
      .map(([tag, value, lie]) =>
        Buffer.from([tag, ((value.length + lie) >> 8) & 0xff, (value.length + lie) & 0xff, ...value]),
      );
    fc.assert(
      fc.property(fc.array(tlv, { maxLength: 30 }), (tlvs) => {
        const body = Buffer.concat(tlvs);
        const total = body.length + 10;
        const head = Buffer.of(1, 0, 2, 1, 2, 2, 0, 2, total >> 8, total & 0xff);
        expect(isTaken(take, Buffer.concat([head, body]))).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a file of 100 MB', () => {
  const huge = Buffer.alloc(100 * 1024 * 1024);

  it.each([
    ['trust list', LIST, parseTrustList],
    ['encrypted configuration', ENCRYPTED, parseEncryptedConfig],
  ] as const)('is no %s: it is refused before it is read', (_, genuine, parse) => {
    huge.set(genuine);
    expect(() => parse(huge)).toThrow(/^trust\/\w+ @0: 104857600 bytes, at most/);
  });

  it('is a signed file of which nothing is copied', () => {
    huge.set(CONFIG);
    const { payload, signedParts, headerLength } = parseSignedConfig(huge);
    expect(payload.length).toBe(huge.length - headerLength);
    for (const part of [payload, ...signedParts]) expect(part.buffer).toBe(huge.buffer);
  });
});

/** The bytes with a few others in them; never the bytes themselves. */
function spoiled(genuine: Uint8Array): fc.Arbitrary<Uint8Array> {
  const change = fc.tuple(fc.nat(genuine.length - 1), fc.integer({ min: 1, max: 255 }));
  return fc
    .array(change, { minLength: 1, maxLength: 6 })
    .map((changes) => {
      const bytes = Buffer.from(genuine);
      for (const [at, difference] of changes) bytes[at] = (bytes[at] ?? 0) ^ difference;
      return bytes;
    })
    .filter((bytes) => !bytes.equals(genuine));
}

describe('a signer in flash with a few bytes changed', () => {
  const verdictBy = (changes: Partial<TrustRecord>) =>
    judgeTrustList({
      list: parseTrustList(LIST),
      known: [{ ...SAST, ...changes }],
      tvs: 'not-asked',
    }).verdict;

  it('in its certificate raises nothing: the key is the same, another, or none', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(spoiled(signer.certificate.raw), (certificate) => {
        seen.add(verdictBy({ certificate }));
      }),
      { numRuns: 400 },
    );
    expect([...seen].sort()).toEqual(['accept', 'refuse']);
  });

  it('in its public key signs nothing', () => {
    fc.assert(
      fc.property(spoiled(SAST.publicKey ?? Buffer.alloc(1)), (publicKey) => {
        expect(verdictBy({ certificate: null, publicKey })).toBe('refuse');
      }),
      { numRuns: 600 },
    );
    expect(verdictBy({ certificate: null })).toBe('accept');
  });
});
