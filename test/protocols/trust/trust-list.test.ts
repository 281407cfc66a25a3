import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  plainRecord,
  publicKeyOf,
  signerInfoOf,
  trustRecordOf,
} from '../../../src/protocols/trust/certificate.ts';
import {
  buildTrustList,
  MAX_TRUST_LIST_BYTES,
  MAX_TRUST_RECORDS,
  parseTrustList,
  recordsOf,
  type TrustListHeader,
} from '../../../src/protocols/trust/trust-list.ts';
import { buildSignedConfig } from '../../../src/protocols/trust/signed-config.ts';
import { buildSignedFile } from '../../../src/protocols/trust/signed-file.ts';
import { tlv } from '../../../src/protocols/trust/tlv.ts';
import { encodeRecord, readRecord, TRUST_ROLES } from '../../../src/protocols/trust/trust-record.ts';
import { DecodeError } from '../../../src/wire/decode-error.ts';
import { toHex } from '../../../src/wire/hex.ts';
import { anyHeader, anyRecord, plain } from './arbitraries.ts';
import { holder, openssl, opensslOutput, rsaKey } from './openssl.ts';

const KEY = rsaKey(1024);
const HEADER: TrustListHeader = {
  signerVersion: null,
  signer: { name: 'CN=sast', serial: '01', issuer: 'CN=sast' },
  digest: 1,
  fileName: 'CTLFile.tlv',
  timestampSeconds: 0,
};
const NODE = plainRecord(TRUST_ROLES.callManagerAndTftp, { dnsName: 'cucm-pub.lab', ipv4: '192.0.2.10' });

/** A list whose records are these bytes. */
function listOf(...records: Uint8Array[]): Buffer {
  return versioned(1, records);
}

function versioned(major: number, records: readonly Uint8Array[]): Buffer {
  return buildSignedFile(
    { ...HEADER, version: { major, minor: 2 }, encryption: null },
    Buffer.concat(records),
    KEY,
  );
}

describe('records', () => {
  it('of a node that is not secure have the 33 bytes that Cisco lists for a name of 13', () => {
    const bytes = encodeRecord(NODE);
    expect(bytes).toHaveLength(33);
    expect(toHex(bytes)).toBe(
      ['010002 0021', '02000d 6375636d2d7075622e6c6162 00', '040002 0002', '0a0004 c000020a']
        .join('')
        .replaceAll(' ', ''),
    );
    expect(readRecord(bytes, 0, 0)).toEqual({ record: NODE, end: 33 });
  });

  it('are what they were built from', () => {
    fc.assert(
      fc.property(anyRecord, fc.nat(50), (record, start) => {
        const bytes = Buffer.concat([Buffer.alloc(start), encodeRecord(record), Buffer.alloc(9)]);
        const read = readRecord(bytes, start, 0);
        expect(plain(read.record)).toEqual(plain(record));
        expect(read.end).toBe(bytes.length - 9);
      }),
      { numRuns: 500 },
    );
  });

  it('are read in the order of certutils, and in any other', () => {
    const parts = [
      tlv(3, Buffer.from('CN=a\0')),
      tlv(5, Buffer.from('CN=b\0')),
      tlv(6, Uint8Array.of(0x81)),
      tlv(4, Uint8Array.of(0, 7)),
      tlv(7, Uint8Array.of(1)),
      tlv(8, Uint8Array.of(2)),
      tlv(9, Uint8Array.of(3)),
    ];
    const shuffled = fc.shuffledSubarray(parts, { minLength: parts.length, maxLength: parts.length });
    const anyOrder = fc.oneof(fc.constant(parts), shuffled);
    fc.assert(
      fc.property(anyOrder, (order) => {
        const body = Buffer.concat(order);
        const bytes = Buffer.concat([tlv(1, Uint8Array.of(0, body.length + 5)), body]);
        expect(readRecord(bytes, 0, 0).record).toMatchObject({
          subject: 'CN=a',
          issuer: 'CN=b',
          serial: '81',
          role: TRUST_ROLES.applicationServer,
          dnsName: null,
          ipv4: null,
        });
      }),
    );
  });

  it('count an empty certificate as none', () => {
    const body = Buffer.concat([tlv(4, Uint8Array.of(0, 2)), tlv(9)]);
    const bytes = Buffer.concat([tlv(1, Uint8Array.of(0, body.length + 5)), body]);
    expect(readRecord(bytes, 0, 0).record.certificate).toBeNull();
  });

  it('are not built over 65,535 bytes', () => {
    const half = Buffer.alloc(40_000);
    expect(() => encodeRecord({ ...NODE, certificate: half, publicKey: half })).toThrow(RangeError);
  });
});

describe('trust lists', () => {
  it('are what they were built from', () => {
    fc.assert(
      fc.property(anyHeader, fc.array(anyRecord, { maxLength: 8 }), (header, records) => {
        const { version: _, encryption: __, ...chosen } = header;
        const list = parseTrustList(buildTrustList(chosen, records, KEY));
        expect(plain(list?.records)).toEqual(plain(records));
        expect(plain(list?.file.header)).toEqual(
          plain({ ...chosen, version: { major: 1, minor: 2 }, encryption: null }),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('that are empty files are none', () => {
    expect(parseTrustList(new Uint8Array(0))).toBeNull();
  });

  it('may have no records', () => {
    expect(parseTrustList(buildTrustList(HEADER, [], KEY))?.records).toEqual([]);
  });

  const good = encodeRecord(NODE);
  const ofLength = (length: number) => tlv(1, Uint8Array.of(length >> 8, length & 0xff));
  it.each([
    [
      'a record that does not begin with its length',
      listOf(good, tlv(2, Buffer.from('a\0'))),
      /record\[1\].recordLength/,
    ],
    ['a record shorter than its length', listOf(good, ofLength(4)), /4 bytes where 5 are left/],
    ['a record of no length', listOf(good, ofLength(0), good), /record\[1\].recordLength @\d+: 0 bytes/],
    [
      'a record that is longer than the file',
      listOf(good, ofLength(0xffff), good),
      /65535 bytes where 38 are left/,
    ],
    ['a record that ends in a value', listOf(ofLength(20), good.subarray(5)), /record\[0\]/],
    ['half a record', listOf(good, good.subarray(0, 20)), /33 bytes where 20 are left/],
    ['half a record length', listOf(good, good.subarray(0, 4)), /record\[1\]/],
    ['a record without a role', listOf(ofLength(8), tlv(2)), /record\[0\].role .*is missing/],
    ['a role of one byte', listOf(ofLength(9), tlv(4, Uint8Array.of(1))), /record\[0\].role @/],
    [
      'two roles',
      listOf(ofLength(15), tlv(4, Uint8Array.of(0, 1)), tlv(4, Uint8Array.of(0, 1))),
      /more than once/,
    ],
    [
      'a configuration',
      buildSignedConfig({ ...HEADER, fileName: 'a.sgn' }, Buffer.from('<device/>'), KEY),
      /recordLength|tag|record/,
    ],
    ['a version of the future', versioned(2, [good]), /list.version @0: 2.2 is not that of a trust list/],
    [
      'more records than there can be',
      listOf(...Array<Buffer>(MAX_TRUST_RECORDS + 1).fill(good)),
      /more than 1024 records/,
    ],
    ['a list over the limit', listOf(Buffer.alloc(MAX_TRUST_LIST_BYTES)), /at most 1048576/],
  ])('refuse %s', (_, bytes, message) => {
    expect(() => parseTrustList(bytes)).toThrow(DecodeError);
    expect(() => parseTrustList(bytes)).toThrow(message);
  });

  it('take as many records as there may be', () => {
    const most = listOf(...Array<Buffer>(MAX_TRUST_RECORDS).fill(good));
    expect(parseTrustList(most)?.records).toHaveLength(MAX_TRUST_RECORDS);
  });

  it('are not built with three signers', () => {
    const sast = plainRecord(TRUST_ROLES.sast, { dnsName: '', ipv4: null });
    expect(() => buildTrustList(HEADER, [sast, sast, sast], KEY)).toThrow(/3 SAST records/);
  });
});

describe('records of certificates', () => {
  const subject = '/C=US/O=Cisco Systems, Inc./OU=b\u00fcro/CN=cucm-pub';
  const rsa = holder(subject, '00d2ab', rsaKey(1024));
  const node = { dnsName: 'cucm-pub', ipv4: '192.0.2.1' };
  const record = trustRecordOf(rsa.certificate, TRUST_ROLES.callManagerAndTftp, node);

  it('say of the certificate what OpenSSL says of it', () => {
    const der = record.certificate ?? new Uint8Array();
    const show = (...args: string[]) =>
      opensslOutput({ 'c.der': der }, ['x509', '-inform', 'DER', '-in', 'c.der', '-noout', ...args])
        .toString('latin1')
        .trim();
    expect(show('-serial')).toBe(`serial=${(record.serial ?? '').toUpperCase()}`);
    const lines = (text: string) =>
      text
        .split('\n')
        .slice(1)
        .map((line) => line.trim());
    const parts = (text: string | null) => text?.replaceAll('\\,', ',').split(';');
    expect(parts(record.subject)).toEqual(lines(show('-subject', '-nameopt', 'sep_multiline,utf8')));
    expect(parts(record.issuer)).toEqual(lines(show('-issuer', '-nameopt', 'sep_multiline,utf8')));
  });

  it('carry the key that OpenSSL finds in the certificate, as PKCS #1', () => {
    const fromCertificate = opensslOutput({ 'c.der': record.certificate ?? '' }, [
      ...['x509', '-inform', 'DER', '-in', 'c.der', '-noout', '-pubkey'],
    ]);
    const fromRecord = opensslOutput({ 'k.der': record.publicKey ?? '' }, [
      ...['rsa', '-RSAPublicKey_in', '-inform', 'DER', '-in', 'k.der', '-pubout'],
    ]);
    expect(fromRecord.equals(fromCertificate)).toBe(true);
    expect(record.publicKey).toHaveLength(140);
  });

  it('give their key with and without the certificate', () => {
    const slim = { ...record, certificate: null };
    for (const from of [record, slim]) {
      expect(publicKeyOf(from)?.equals(rsa.certificate.publicKey)).toBe(true);
    }
    expect(publicKeyOf({ ...slim, publicKey: null })).toBeNull();
    expect(publicKeyOf({ ...slim, publicKey: Uint8Array.of(1, 2, 3) })).toBeNull();
    expect(publicKeyOf({ ...record, certificate: Uint8Array.of(0x30, 0) })).toBeNull();
  });

  it('are found by issuer, serial number and role', () => {
    const other = { ...record, role: TRUST_ROLES.sast };
    const signer = signerInfoOf(rsa.certificate);
    const roles = [TRUST_ROLES.sast, TRUST_ROLES.callManagerAndTftp];
    expect(recordsOf([NODE, record, other], signer, roles)).toEqual([record, other]);
    expect(recordsOf([record, other], signer, [TRUST_ROLES.sast])).toEqual([other]);
    expect(recordsOf([record], { ...signer, serial: 'ffff' }, roles)).toEqual([]);
    expect(recordsOf([record], { ...signer, issuer: 'CN=other' }, roles)).toEqual([]);
    const reversed = signer.issuer.split(';').toReversed().join(', ');
    expect(recordsOf([record], { ...signer, issuer: reversed }, roles)).toEqual([record]);
  });

  it('of an elliptic curve carry the point', () => {
    const key = opensslOutput({}, ['ecparam', '-name', 'prime256v1', '-genkey', '-noout']);
    const der = opensslOutput({ 'k.pem': key }, [
      ...['req', '-x509', '-new', '-key', 'k.pem', '-subj', '/CN=ec', '-outform', 'DER'],
    ]);
    const ec = trustRecordOf(new X509Certificate(der), TRUST_ROLES.tftp, node);
    const text = openssl({ 'c.der': der }, [
      'x509',
      '-inform',
      'DER',
      '-in',
      'c.der',
      '-noout',
      '-text',
    ]).output;
    const point = /pub:\s+((?:[0-9a-f]{2}[:\s]+)+)/.exec(text.toString())?.[1]?.replace(/[^0-9a-f]/g, '');
    expect(toHex(ec.publicKey ?? new Uint8Array())).toBe(point?.slice(0, 130));
    expect(ec.publicKey).toHaveLength(65);
    expect(publicKeyOf(ec)?.asymmetricKeyType).toBe('ec');
    expect(publicKeyOf({ ...ec, certificate: null })).toBeNull();
  });
});
