import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeHeader,
  encodeSignature,
  readHeader,
  type SignedHeader,
} from '../../../src/protocols/trust/header.ts';
import { serialNumber } from '../../../src/protocols/trust/serial-number.ts';
import { tlv } from '../../../src/protocols/trust/tlv.ts';
import { DecodeError } from '../../../src/wire/decode-error.ts';
import { anyHeader, plain } from './arbitraries.ts';

interface Layout {
  readonly name: string;
  readonly signerName: string;
  readonly serial: string;
  readonly issuer: string;
  readonly signatureBytes: number;
  readonly signerVersion: { readonly major: number; readonly minor: number } | null;
  readonly fileName: string;
  readonly timestampSeconds: number | null;
  readonly headerBytes: number;
  readonly paddingBytes: number;
  readonly signatureAt: number;
}

const LAYOUTS = JSON.parse(
  readFileSync(new URL('../../vectors/trust/layouts.json', import.meta.url), 'utf8'),
) as Layout[];

const HEADER: SignedHeader = {
  version: { major: 1, minor: 2 },
  signerVersion: null,
  signer: { name: 'CN=sast', serial: '0123', issuer: 'CN=ca' },
  digest: 1,
  fileName: 'CTLFile.tlv',
  timestampSeconds: 1_700_000_000,
  encryption: null,
};

function encode(header: SignedHeader, signature = Buffer.alloc(64, 0x0d)): Buffer {
  const { before, after } = encodeHeader(header, signature.length);
  return Buffer.concat([before, encodeSignature(signature), after]);
}

/** A header of these TLVs and the one that says its length, which stands at `position`. */
function headerOf(tlvs: readonly Buffer[], position = 1): Buffer {
  const total = tlvs.reduce((sum, part) => sum + part.length, 5);
  const length = tlv(2, Uint8Array.of(total >> 8, total & 0xff));
  return Buffer.concat([...tlvs.slice(0, position), length, ...tlvs.slice(position)]);
}

const VERSION = tlv(1, Uint8Array.of(1, 2));
const SIGNER_PARTS = [
  tlv(4, Buffer.from('CN=sast\0')),
  tlv(5, Uint8Array.of(1, 0x23)),
  tlv(6, Buffer.from('CN=ca\0')),
];
const ALGORITHM_PARTS = [tlv(10, Uint8Array.of(0)), tlv(11, Uint8Array.of(0))];
const SIGNATURE_PARTS = [tlv(8, Uint8Array.of(1)), tlv(9, ...ALGORITHM_PARTS)];
const REST = [
  tlv(3, ...SIGNER_PARTS),
  tlv(7, ...SIGNATURE_PARTS),
  tlv(12, Buffer.alloc(64)),
  tlv(14, Buffer.from('f\0')),
];
const replacing = (...replaced: Buffer[]): Buffer =>
  headerOf([VERSION, ...REST.map((part) => replaced.find((other) => other[0] === part[0]) ?? part)]);

describe('headers', () => {
  it.each(LAYOUTS)('come to the length of a genuine one: $name', (layout) => {
    const header: SignedHeader = {
      version: { major: 1, minor: 2 },
      signerVersion: layout.signerVersion,
      signer: { name: layout.signerName, serial: layout.serial, issuer: layout.issuer },
      digest: 1,
      fileName: layout.fileName,
      timestampSeconds: layout.timestampSeconds,
      encryption: null,
    };
    const bytes = encode(header, Buffer.alloc(layout.signatureBytes, 0xaa));
    expect(bytes.length).toBe(layout.headerBytes);
    expect(/\x0d*$/.exec(bytes.toString('latin1'))?.[0].length).toBe(layout.paddingBytes);
    const located = readHeader(bytes);
    expect(located.signatureTlv.start).toBe(layout.signatureAt);
    expect(located.headerLength).toBe(layout.headerBytes);
    expect(located.header).toEqual(header);
  });

  it('are what they were built from, padded to four bytes, whatever follows', () => {
    fc.assert(
      fc.property(
        anyHeader,
        fc.constantFrom(64, 128, 256, 512),
        fc.uint8Array({ maxLength: 40 }),
        (header, signatureBytes, payload) => {
          const signature = Buffer.alloc(signatureBytes, 0x5a);
          const encoded = encode(header, signature);
          expect(encoded.length % 4).toBe(0);
          const located = readHeader(Buffer.concat([encoded, payload]));
          expect(plain(located.header)).toEqual(plain(header));
          expect(located.headerLength).toBe(encoded.length);
          expect(Buffer.from(located.signature).equals(signature)).toBe(true);
          const { start, end } = located.signatureTlv;
          expect(encoded.subarray(start, end).equals(encodeSignature(signature))).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('are read in any order, in containers too, with padding anywhere between values', () => {
    const shuffled = <T>(parts: readonly T[]) =>
      fc.shuffledSubarray([...parts], { minLength: parts.length, maxLength: parts.length });
    const anyOrder = fc
      .record({ signer: shuffled(SIGNER_PARTS), algorithm: shuffled(ALGORITHM_PARTS), flip: fc.boolean() })
      .chain(({ signer, algorithm, flip }) => {
        const info = [tlv(8, Uint8Array.of(1)), tlv(9, ...algorithm)];
        return shuffled([
          VERSION,
          tlv(3, ...signer, Buffer.of(13)),
          tlv(7, ...(flip ? info.toReversed() : info)),
          tlv(12, Buffer.alloc(64)),
          tlv(14, Buffer.from('CTLFile.tlv\0')),
          tlv(15, Uint8Array.of(0x65, 0x53, 0xf1, 0x00)),
          Buffer.of(13),
          Buffer.of(13),
        ]);
      });
    fc.assert(
      fc.property(anyOrder, fc.nat(8), (tlvs, position) => {
        expect(readHeader(headerOf(tlvs, position)).header).toEqual(HEADER);
      }),
      { numRuns: 300 },
    );
  });

  it('may have the digest of an encrypted plaintext outside of the encryption info', () => {
    const plaintext = [tlv(26, Uint8Array.of(1)), tlv(27, Buffer.alloc(20, 9))];
    const iv = tlv(17, tlv(18, Uint8Array.of(0)), tlv(19, Buffer.alloc(16)), tlv(20, Uint8Array.of(0, 1)));
    const key = tlv(
      21,
      tlv(22, Uint8Array.of(0)),
      tlv(23, Uint8Array.of(2, 0)),
      tlv(24, Uint8Array.of(1)),
      tlv(25, Buffer.alloc(64, 7)),
    );
    const inside = readHeader(headerOf([VERSION, ...REST, tlv(16, iv, key, ...plaintext)])).header;
    const outside = readHeader(headerOf([VERSION, ...REST, tlv(16, iv, key), ...plaintext])).header;
    expect(inside.encryption).toMatchObject({ paddingBytes: 1, plaintextDigest: 1 });
    expect(outside).toEqual(inside);
  });

  it('pass over tags that nobody knows', () => {
    const known = readHeader(headerOf([VERSION, ...REST])).header;
    expect(readHeader(headerOf([VERSION, tlv(99, Buffer.alloc(7)), ...REST])).header).toEqual(known);
  });

  it.each([
    ['nothing', Buffer.alloc(0), /headerLength @0: need 1 bytes, have 0/],
    ['no header length', Buffer.concat([VERSION, ...REST]), /headerLength/],
    ['a header length over the file', Buffer.concat([VERSION, tlv(2, Uint8Array.of(0xff, 0xff))]), /65535/],
    [
      'a header length of nothing',
      Buffer.concat([VERSION, tlv(2, Uint8Array.of(0, 0))]),
      /header of 0 bytes/,
    ],
    ['a header length of three bytes', Buffer.concat([VERSION, tlv(2, Uint8Array.of(0, 0, 9))]), /3 bytes/],
    [
      'a header that ends in a value',
      Buffer.concat([VERSION, tlv(2, Uint8Array.of(0, 12)), ...REST]),
      /tag|length|info/i,
    ],
    ['no version', headerOf(REST, 0), /header\.version .*is missing/],
    ['a version of one byte', headerOf([tlv(1, Uint8Array.of(1)), ...REST]), /version @4: need 1/],
    ['a version of three bytes', headerOf([tlv(1, Uint8Array.of(1, 2, 3)), ...REST]), /1 bytes too many/],
    [
      'two signatures',
      headerOf([VERSION, ...REST, tlv(12, Buffer.alloc(64))]),
      /signature @\d+: more than once/,
    ],
    ['no signature', headerOf([VERSION, ...REST.filter((part) => part[0] !== 12)]), /signature .*is missing/],
    ['a signature that is no power of two', replacing(tlv(12, Buffer.alloc(65))), /65 bytes do not go/],
    ['a signature of another length', replacing(tlv(12, Buffer.alloc(128))), /128 bytes do not go/],
    [
      'a digest from the future',
      replacing(tlv(7, tlv(8, Uint8Array.of(5)), tlv(9, ...ALGORITHM_PARTS))),
      /unknown digest 5/,
    ],
    ['no digest', replacing(tlv(7, tlv(9, ...ALGORITHM_PARTS))), /digest .*is missing/],
    [
      'another signature algorithm',
      replacing(
        tlv(7, tlv(8, Uint8Array.of(1)), tlv(9, tlv(10, Uint8Array.of(1)), tlv(11, Uint8Array.of(0)))),
      ),
      /unknown algorithm 1/,
    ],
    [
      'a modulus from the future',
      replacing(
        tlv(7, tlv(8, Uint8Array.of(1)), tlv(9, tlv(10, Uint8Array.of(0)), tlv(11, Uint8Array.of(4)))),
      ),
      /do not go with the modulus/,
    ],
    ['a container in itself', replacing(tlv(3, tlv(3, ...SIGNER_PARTS))), /signerInfo @\d+: more than once/],
    [
      'a value that leaves its container',
      replacing(tlv(3, Uint8Array.of(4, 0, 200, 1, 2))),
      /200 bytes where 2 are left/,
    ],
    [
      'a value that leaves its container and stays in the header',
      replacing(tlv(3, ...SIGNER_PARTS, Uint8Array.of(99, 0, 9, 1, 2))),
      /tag99 @\d+: 9 bytes where 2 are left/,
    ],
    [
      'a container that ends in a head',
      replacing(tlv(3, ...SIGNER_PARTS, Uint8Array.of(99))),
      /where -2 are left/,
    ],
    ['encryption without a key', headerOf([VERSION, ...REST, tlv(16)]), /keyAlgorithm .*is missing/],
  ])('refuse %s', (_, bytes, message) => {
    expect(() => readHeader(bytes)).toThrow(DecodeError);
    expect(() => readHeader(bytes)).toThrow(message);
  });

  it('refuse containers inside each other to any depth that a file can claim', () => {
    const nested = Array.from({ length: 200 }).reduce<Buffer>((inner) => tlv(16, inner), Buffer.alloc(0));
    expect(() => readHeader(headerOf([VERSION, nested]))).toThrow(/encryptionInfo @\d+: more than once/);
    const everyContainer = [3, 7, 9, 16, 17, 21].reduce<Buffer>((inner, tag) => tlv(tag, inner), tlv(5));
    expect(() => readHeader(headerOf([VERSION, everyContainer, ...REST.slice(2)]))).toThrow(DecodeError);
  });

  it('are not built when they do not fit', () => {
    expect(() => encodeHeader(HEADER, 100)).toThrow(RangeError);
    expect(() => encode({ ...HEADER, fileName: 'a\0b' })).toThrow(RangeError);
    expect(() => encode({ ...HEADER, fileName: 'Ā' })).toThrow(RangeError);
    expect(() => encode({ ...HEADER, fileName: 'a'.repeat(66_000) })).toThrow(RangeError);
    const signer = { ...HEADER.signer, name: 'a'.repeat(40_000) };
    expect(() => encode({ ...HEADER, signer, fileName: 'a'.repeat(40_000) })).toThrow(/header of \d+ bytes/);
  });
});

describe('serial numbers', () => {
  it.each([
    ['', '00'],
    ['0', '00'],
    ['0000', '00'],
    ['1', '01'],
    ['ABC', '0abc'],
    ['00ff', 'ff'],
    ['0081', '81'],
    ['6BA5DE', '6ba5de'],
  ])('%j is %s', (hex, expected) => {
    expect(serialNumber(hex)).toBe(expected);
  });

  it('lose the zero byte of DER that a file may carry', () => {
    const withZero = tlv(5, Uint8Array.of(0, 0x81, 0x02));
    const bytes = replacing(tlv(3, ...SIGNER_PARTS.map((part) => (part[0] === 5 ? withZero : part))));
    expect(readHeader(bytes).header.signer.serial).toBe('8102');
  });

  it('are hex and nothing else', () => {
    expect(() => serialNumber('12:34')).toThrow(RangeError);
  });
});
