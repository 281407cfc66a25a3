import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DnsMessage,
  type DnsRecord,
  decodeDns,
  describeDns,
  encodeAddressQuery,
  encodeDns,
} from '../../../src/protocols/dns/message.ts';
import { DecodeError } from '../../../src/wire/decode-error.ts';
import { fromHex } from '../../../src/wire/hex.ts';

/** Header (RD, one question), 4 "cucm" 7 "example" 4 "test" 0, type A, class IN. */
const QUERY = fromHex('1234 0100 0001 0000 0000 0000 04 6375636d 07 6578616d706c65 04 74657374 00 0001 0001');

const name = fc
  .array(fc.stringMatching(/^[a-z0-9-]{1,12}$/), { minLength: 1, maxLength: 4 })
  .map((labels) => labels.join('.'));
const ttlSeconds = fc.nat(0x7fff_ffff);
const record: fc.Arbitrary<DnsRecord> = fc.oneof(
  fc.record({ type: fc.constant('A' as const), name, ttlSeconds, address: fc.ipV4() }),
  fc.record({ type: fc.constant('CNAME' as const), name, ttlSeconds, target: name }),
  fc.record({
    type: fc.constant('other' as const),
    name,
    typeCode: fc.constantFrom(2, 16, 28, 46),
    class: fc.constantFrom(1, 3),
    ttlSeconds,
    data: fc.uint8Array({ maxLength: 40 }),
  }),
);
const message: fc.Arbitrary<DnsMessage> = fc.record({
  id: fc.nat(0xffff),
  response: fc.boolean(),
  opcode: fc.nat(15),
  authoritative: fc.boolean(),
  truncated: fc.boolean(),
  recursionDesired: fc.boolean(),
  recursionAvailable: fc.boolean(),
  rcode: fc.nat(15),
  questions: fc.array(fc.record({ name, type: fc.nat(0xffff), class: fc.nat(0xffff) }), { maxLength: 2 }),
  answers: fc.array(record, { maxLength: 12 }),
});

describe('DNS messages', () => {
  it('ask as RFC 1035, section 4 lays it out', () => {
    expect(encodeAddressQuery(0x1234, 'cucm.example.test')).toEqual(QUERY);
  });

  it('come back as they were encoded', () => {
    fc.assert(
      fc.property(message, (sent) => {
        expect(decodeDns(encodeDns(sent))).toEqual(sent);
      }),
    );
  });

  it('raise nothing but DecodeError, and what is accepted can be described and encoded', () => {
    const mutilated = fc
      .tuple(message, fc.array(fc.tuple(fc.nat(600), fc.nat(255)), { maxLength: 6 }), fc.nat(40))
      .map(([sent, changes, cut]) => {
        const bytes = encodeDns(sent);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        return bytes.subarray(0, bytes.length - cut);
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), mutilated), (bytes) => {
        try {
          const decoded = decodeDns(bytes);
          expect(Buffer.from(describeDns(decoded)).every((byte) => byte >= 0x20)).toBe(true);
          expect(decodeDns(encodeDns(decoded))).toMatchObject({ id: decoded.id, answers: decoded.answers });
        } catch (error) {
          if (!(error instanceof DecodeError)) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['a count of questions that lies', '1234 8180 ffff 0000 0000 0000'],
    ['a count of answers that lies', '1234 8180 0000 ffff 0000 0000'],
    ['an address of five bytes', '1234 8180 0000 0001 0000 0000 00 0001 0001 00000000 0005 7f00000109'],
    ['data that is cut off', '1234 8180 0000 0001 0000 0000 00 0001 0001 00000000 0004 7f0000'],
    ['a header that is cut off', '1234 8180 0000'],
    ['a CNAME that points to itself', '1234 8180 0000 0001 0000 0000 00 0005 0001 00000000 0002 c017'],
  ])('refuse %s', (_, hex) => {
    expect(() => decodeDns(fromHex(hex))).toThrow(DecodeError);
  });

  it('refuse more than 4096 bytes', () => {
    expect(() => decodeDns(new Uint8Array(4097))).toThrow(DecodeError);
  });

  it('read a TTL with the top bit set as 0 (RFC 2181, section 8)', () => {
    const bytes = fromHex('1234 8180 0000 0001 0000 0000 00 0001 0001 ffffffff 0004 7f000001');
    expect(decodeDns(bytes).answers).toEqual([{ type: 'A', name: '', ttlSeconds: 0, address: '127.0.0.1' }]);
  });

  it('do not read what stands behind the answers', () => {
    const answer = encodeDns({ ...decodeDns(encodeAddressQuery(1, 'a.test')), response: true });
    answer.writeUInt16BE(9, 8);
    expect(decodeDns(answer).answers).toEqual([]);
  });

  it('are one line of a trace', () => {
    const query = decodeDns(encodeAddressQuery(0x1234, 'cucm.test'));
    expect(describeDns(query)).toBe('query id=0x1234 A cucm.test');
    const answers: DnsRecord[] = [
      { type: 'CNAME', name: 'cucm.test', ttlSeconds: 60, target: 'pub.test' },
      { type: 'A', name: 'pub.test', ttlSeconds: 30, address: '127.0.0.8' },
    ];
    expect(describeDns({ ...query, response: true, answers })).toBe(
      'response id=0x1234 A cucm.test NOERROR: cucm.test 60 CNAME pub.test, pub.test 30 A 127.0.0.8',
    );
    expect(describeDns({ ...query, response: true, rcode: 11, truncated: true })).toBe(
      'response id=0x1234 A cucm.test RCODE 11 truncated',
    );
  });
});
