import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DIGESTS, type DigestId } from '../../../src/protocols/trust/digest.ts';
import { encodeHeader, encodeSignature, type SignedHeader } from '../../../src/protocols/trust/header.ts';
import { buildSignedFile, isSignedBy, parseSignedFile } from '../../../src/protocols/trust/signed-file.ts';
import { openssl, opensslOutput, opensslRsaKey, pem, rsaKey } from './openssl.ts';

const ALL_DIGESTS = [1, 2, 3, 4] as const satisfies readonly DigestId[];
const KEYS = new Map([1024, 2048, 4096].map((bits) => [bits, rsaKey(bits)]));
const PAYLOAD = Buffer.from('<device><fullConfig>true</fullConfig></device>\r\n');

function keyOf(bits: number): KeyObject {
  const key = KEYS.get(bits);
  if (key === undefined) throw new Error(`no key of ${bits} bits`);
  return key;
}

function headerWith(digest: DigestId): SignedHeader {
  return {
    version: { major: 1, minor: 0 },
    signerVersion: null,
    signer: { name: 'CN=cucm-pub', serial: '2a', issuer: 'CN=cucm-pub' },
    digest,
    fileName: 'SEP001122334455.cnf.xml.sgn',
    timestampSeconds: 1_700_000_000,
    encryption: null,
  };
}

const publicOf = (key: KeyObject) => createPublicKey(key);
const publicPemOf = (key: KeyObject) => publicOf(key).export({ type: 'spki', format: 'pem' }).toString();

/** The signed input cut out by hand: everything but the TLV with tag 12, which is searched as certutils places it. */
function withoutSignature(bytes: Buffer, signature: Uint8Array): Buffer {
  const at = bytes.indexOf(signature) - 3;
  expect(bytes[at]).toBe(12);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 3 + signature.length)]);
}

describe.each([1024, 2048, 4096])('signatures by a key of %i bits', (bits) => {
  const key = keyOf(bits);

  it.each(ALL_DIGESTS)('with digest %i that we make are good for OpenSSL', (digest) => {
    const bytes = buildSignedFile(headerWith(digest), PAYLOAD, key);
    const { signature } = parseSignedFile(bytes);
    const verify = (data: Buffer) =>
      openssl({ 'key.pem': publicPemOf(key), data, signature }, [
        ...['dgst', `-${DIGESTS[digest].algorithm}`, '-verify', 'key.pem', '-signature', 'signature', 'data'],
      ]);
    const data = withoutSignature(bytes, signature);
    expect(verify(data).output.toString()).toBe('Verified OK\n');
    data[data.length - 1] = 0;
    expect(verify(data).status).toBe(1);
  });

  it.each(ALL_DIGESTS)('with digest %i that OpenSSL makes are good for us', (digest) => {
    const { before, after } = encodeHeader(headerWith(digest), bits / 8);
    const data = Buffer.concat([before, after, PAYLOAD]);
    const signature = opensslOutput({ 'key.pem': pem(key), data }, [
      ...['dgst', `-${DIGESTS[digest].algorithm}`, '-sign', 'key.pem', 'data'],
    ]);
    const bytes = Buffer.concat([before, encodeSignature(signature), after, PAYLOAD]);
    expect(isSignedBy(parseSignedFile(bytes), publicOf(key))).toBe(true);
    bytes[bytes.length - 1] = 0;
    expect(isSignedBy(parseSignedFile(bytes), publicOf(key))).toBe(false);
  });
});

describe('signatures', () => {
  const key = keyOf(1024);

  it('by a key that OpenSSL made are good both ways', () => {
    const theirs = opensslRsaKey(2048);
    const file = parseSignedFile(buildSignedFile(headerWith(2), PAYLOAD, theirs));
    expect(isSignedBy(file, publicOf(theirs))).toBe(true);
  });

  it('are lost with any bit of the file', () => {
    const bytes = buildSignedFile(headerWith(1), PAYLOAD, key);
    const offsets = { max: bytes.length * 8 - 1 };
    fc.assert(
      fc.property(fc.nat(offsets), (bit) => {
        const tampered = Buffer.from(bytes);
        tampered[bit >> 3] = (tampered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        let good = false;
        try {
          good = isSignedBy(parseSignedFile(tampered), publicOf(key));
        } catch (error) {
          expect(error).toMatchObject({ name: 'DecodeError' });
        }
        expect(good).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it('are lost with a byte more at the end', () => {
    const bytes = buildSignedFile(headerWith(1), PAYLOAD, key);
    expect(isSignedBy(parseSignedFile(bytes), publicOf(key))).toBe(true);
    expect(isSignedBy(parseSignedFile(Buffer.concat([bytes, Buffer.of(0)])), publicOf(key))).toBe(false);
  });

  it('are not made by other keys, of any kind', () => {
    const file = parseSignedFile(buildSignedFile(headerWith(1), PAYLOAD, key));
    const others = [
      rsaKey(1024),
      keyOf(2048),
      generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey,
      generateKeyPairSync('ed25519').privateKey,
      generateKeyPairSync('rsa-pss', { modulusLength: 1024 }).privateKey,
    ];
    for (const other of others) expect(isSignedBy(file, publicOf(other))).toBe(false);
  });

  it('of a digest that does not fit the key are none', () => {
    const small = rsaKey(512);
    const { before, after } = encodeHeader(headerWith(4), 64);
    const bytes = Buffer.concat([before, encodeSignature(Buffer.alloc(64, 1)), after]);
    expect(isSignedBy(parseSignedFile(bytes), publicOf(small))).toBe(false);
  });

  it.each([
    ['RSA of 1536 bits', () => rsaKey(1536)],
    ['an elliptic curve', () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey],
    ['RSA-PSS', () => generateKeyPairSync('rsa-pss', { modulusLength: 1024 }).privateKey],
  ])('are not made with %s', (_, makeKey) => {
    expect(() => buildSignedFile(headerWith(1), PAYLOAD, makeKey())).toThrow(RangeError);
  });
});
