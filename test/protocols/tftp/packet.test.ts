import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ackFrame,
  blockOf,
  decodePacket,
  describePacket,
  encodeAck,
  encodePacket,
  ERROR_MEANINGS,
  opcodeOf,
  TFTP_ERROR,
  type TftpPacket,
} from '../../../src/protocols/tftp/packet.ts';
import { DecodeError } from '../../../src/wire/decode-error.ts';
import { fromHex, toHex } from '../../../src/wire/hex.ts';

interface Vector {
  readonly name: string;
  readonly hex: string;
  readonly canonical?: string;
  readonly packet: Record<string, unknown>;
}

const vectors: Vector[] = JSON.parse(
  readFileSync(new URL('../../vectors/tftp/packets.json', import.meta.url), 'utf8'),
);

/** DATA as hex, to compare and to print. */
function plain(packet: TftpPacket): Record<string, unknown> {
  return packet.type === 'DATA' ? { ...packet, data: toHex(packet.data) } : { ...packet };
}

describe('vectors', () => {
  it.each(vectors)('$name', ({ hex, canonical, packet }) => {
    const decoded = decodePacket(fromHex(hex));
    expect(plain(decoded)).toEqual(packet);
    expect(toHex(encodePacket(decoded))).toBe(canonical ?? hex);
  });
});

const text = fc.string({ unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)) });
const lowerText = fc.stringMatching(/^[a-z0-9]{0,12}$/);
const options = fc.array(fc.record({ name: lowerText, value: text }), { maxLength: 5 });
const u16 = fc.integer({ min: 0, max: 0xffff });
const packets: fc.Arbitrary<TftpPacket> = fc.oneof(
  fc.record({ type: fc.constantFrom('RRQ', 'WRQ'), fileName: text, mode: lowerText, options }),
  fc.record({ type: fc.constant('DATA' as const), block: u16, data: fc.uint8Array({ maxLength: 600 }) }),
  fc.record({ type: fc.constant('ACK' as const), block: u16 }),
  fc.record({ type: fc.constant('ERROR' as const), code: u16, message: text }),
  fc.record({ type: fc.constant('OACK' as const), options }),
);

describe('properties', () => {
  it('decodes what it encodes', () => {
    fc.assert(
      fc.property(packets, (packet) => {
        expect(plain(decodePacket(encodePacket(packet)))).toEqual(plain(packet));
      }),
    );
  });

  it('raises nothing but DecodeError for any bytes, and describes what it decodes in one line', () => {
    const nearly = fc
      .tuple(fc.integer({ min: 0, max: 7 }), fc.uint8Array({ maxLength: 64 }))
      .map(([opcode, rest]) => Uint8Array.from([0, opcode, ...rest]));
    let decoded = 0;
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), nearly), (bytes) => {
        try {
          const packet = decodePacket(bytes);
          expect(describePacket(packet)).toMatch(new RegExp(`^${packet.type}\\b`));
          decoded++;
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
      { numRuns: 2000 },
    );
    expect(decoded).toBeGreaterThan(100);
  });
});

describe('broken packets name the place', () => {
  it.each([
    ['', 'tftp.opcode @0: need 2 bytes, have 0'],
    ['0009', 'tftp.opcode @2: unknown opcode 9'],
    ['000300', 'tftp.block @2: need 2 bytes, have 1'],
    ['0004', 'tftp.block @2: need 2 bytes, have 0'],
    ['00016162', 'tftp.fileName @2: no NUL before the end'],
    ['0001610062', 'tftp.mode @4: no NUL before the end'],
    ['0001610062006300', 'tftp.optionValue @8: no NUL before the end'],
    ['000500', 'tftp.errorCode @2: need 2 bytes, have 1'],
  ])('%s', (hex, message) => {
    expect(() => decodePacket(fromHex(hex))).toThrow(
      expect.objectContaining({ name: 'DecodeError', message }),
    );
  });
});

describe('the hot path', () => {
  it('has an acknowledgement for every block number', () => {
    const blocks = Array.from({ length: 0x1_0000 }, (_, block) => block);
    expect(blocks.filter((block) => !ackFrame(block).equals(encodeAck(block)))).toEqual([]);
    expect(decodePacket(ackFrame(65_535))).toEqual({ type: 'ACK', block: 65_535 });
  });

  it('sees opcode and block number as the decoder does, and -1 where there are none', () => {
    fc.assert(
      fc.property(u16, fc.constantFrom('DATA', 'ACK'), (block, type) => {
        const packet: TftpPacket =
          type === 'ACK' ? { type, block } : { type, block, data: new Uint8Array(3) };
        const bytes = encodePacket(packet);
        expect(opcodeOf(bytes)).toBe(type === 'ACK' ? 4 : 3);
        expect(blockOf(bytes)).toBe(block);
      }),
    );
    expect(opcodeOf(Uint8Array.of(0))).toBe(-1);
    expect(blockOf(Uint8Array.of(0, 3, 0))).toBe(-1);
  });
});

it('a NUL inside a file name is our bug', () => {
  expect(() => encodePacket({ type: 'RRQ', fileName: 'a\0b', mode: 'octet', options: [] })).toThrow(
    RangeError,
  );
});

it('names every error code of RFC 1350 and RFC 2347', () => {
  expect(Object.values(TFTP_ERROR)).toEqual(Object.keys(ERROR_MEANINGS).map(Number));
  expect(describePacket({ type: 'ERROR', code: 1, message: 'x' })).toBe('ERROR 1 (File not found): x');
  expect(describePacket({ type: 'ERROR', code: 99, message: 'x' })).toBe('ERROR 99 (Unknown error code): x');
});
