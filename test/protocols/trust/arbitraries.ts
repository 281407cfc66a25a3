import fc from 'fast-check';
import { DIGESTS, type DigestId } from '../../../src/protocols/trust/digest.ts';
import type { EncryptionInfo, SignedHeader } from '../../../src/protocols/trust/header.ts';
import { serialNumber } from '../../../src/protocols/trust/serial-number.ts';
import type { TrustRecord } from '../../../src/protocols/trust/trust-record.ts';

/** Latin-1 without NUL: what a text field can hold. */
const text = fc.string({
  unit: fc.integer({ min: 1, max: 0xff }).map((code) => String.fromCharCode(code)),
  maxLength: 80,
});
const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
const byteCount = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const serial = fc
  .uint8Array({ minLength: 1, maxLength: 20 })
  .map((value) => serialNumber(Buffer.from(value).toString('hex')));
const version = fc.record({ major: fc.nat(255), minor: fc.nat(255) });
const digest = fc.constantFrom<DigestId>(1, 2, 3, 4);

const anyEncryption: fc.Arbitrary<EncryptionInfo> = digest.chain((plaintextDigest) =>
  fc.record({
    iv: byteCount(16),
    paddingBytes: fc.nat(16),
    wrappedKey: fc.constantFrom(64, 128, 256, 512).chain(byteCount),
    plaintextDigest: fc.constant(plaintextDigest),
    plaintextHash: byteCount(DIGESTS[plaintextDigest].bytes),
  }),
);

export const anyHeader: fc.Arbitrary<SignedHeader> = fc.record({
  version,
  signerVersion: orNull(version),
  signer: fc.record({ name: text, serial, issuer: text }),
  digest,
  fileName: text,
  timestampSeconds: orNull(fc.nat(0xffff_ffff)),
  encryption: orNull(anyEncryption),
});

export const anyRecord: fc.Arbitrary<TrustRecord> = fc.record({
  dnsName: orNull(text),
  subject: orNull(text),
  role: fc.oneof(fc.constantFrom(1, 2, 3, 4, 5, 7, 21), fc.integer({ min: 1, max: 0xffff })),
  issuer: orNull(text),
  serial: orNull(serial),
  publicKey: orNull(bytes(300)),
  certificateSignature: orNull(bytes(300)),
  certificate: orNull(fc.uint8Array({ minLength: 1, maxLength: 1500 })),
  ipv4: orNull(fc.ipV4()),
  certificateHash: orNull(bytes(64)),
  hashAlgorithm: orNull(fc.nat(255)),
});

/** Values in plain form: Buffers and byte arrays of the same bytes are then equal. */
export function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, inner: unknown) =>
      isSerialisedBuffer(inner)
        ? Buffer.from(inner.data).toString('hex')
        : inner instanceof Uint8Array
          ? Buffer.from(inner).toString('hex')
          : inner,
    ),
  ) as unknown;
}

function isSerialisedBuffer(value: unknown): value is { readonly data: number[] } {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer';
}
