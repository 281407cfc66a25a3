import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CAPF_COMMANDS,
  CAPF_FRAME_RULE,
  type CapfMessage,
  capfCommandName,
  decodeCapf,
  encodeCapf,
  MAX_CAPF_BYTES,
} from '../../../src/protocols/capf/message.ts';
import { DecodeError } from '../../../src/wire/decode-error.ts';
import { fromHex } from '../../../src/wire/hex.ts';
import { StreamFramer } from '../../../src/wire/stream-framer.ts';
import { reviveBytes } from '../../support/vector-values.ts';
import VECTORS from '../../vectors/capf/messages.json' with { type: 'json' };
import { capfMessage } from './arbitraries.ts';

describe('the vectors', () => {
  it.each(VECTORS)('$name', ({ hex, message }) => {
    const decoded = decodeCapf(Uint8Array.from(fromHex(hex)));
    expect(decoded).toEqual(reviveBytes(message));
    expect(encodeCapf(decoded)).toEqual(fromHex(hex));
  });
});

describe('the codec', () => {
  it('has the 23 commands, and a name for every number', () => {
    expect(Object.values(CAPF_COMMANDS).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 23 }, (_, i) => i + 1),
    );
    expect([15, 24].map(capfCommandName)).toEqual(['EndSession', 'command 24']);
  });

  it('reads what it writes', () => {
    fc.assert(
      fc.property(capfMessage, (value) => {
        expect(decodeCapf(Uint8Array.from(encodeCapf(value)))).toEqual(value);
      }),
    );
  });

  it('raises nothing but DecodeError, and never shows a password in it', () => {
    fc.assert(
      fc.property(capfMessage, fc.nat(), fc.nat(255), fc.nat(), (value, at, byte, end) => {
        const password = 'S3cret-0123456789';
        const spoiled = encodeCapf({ ...value, elements: { ...value.elements, password } });
        spoiled[at % spoiled.length] = byte;
        for (const part of [spoiled, spoiled.subarray(0, end % spoiled.length)]) {
          try {
            decodeCapf(part);
          } catch (error) {
            expect(error).toBeInstanceOf(DecodeError);
            expect(String(error)).not.toContain('S3cret');
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['not CAPF', '57 01 00000001 0000', 'capf.protocol @0: 87, not 85'],
    ['a length that lies', '55 01 00000001 0004 07 0001', 'capf.length @8: says 4, there are 3'],
    [
      'an inner length beyond its element',
      '55 09 00000001 0008 04 0005 01 0006 00 01',
      'capf.certificate @14',
    ],
    [
      'an inner length short of it',
      '55 09 00000001 0009 04 0006 01 0002 00 01 30',
      'capf.certificate @16: 1 bytes too many',
    ],
    [
      'a SUDI part of another hash',
      '55 02 00000001 000c 10 0009 00 0000 02 0000 03 0000',
      'capf.sudi.sha1 @17: hash 2, not 1',
    ],
    [
      'a delay of five bytes',
      '55 10 00000001 0008 0c 0005 0000000001',
      'capf.retryDelaySeconds @11: 5 bytes',
    ],
  ])('%s', (_, hex, error) => {
    expect(() => decodeCapf(fromHex(hex))).toThrow(error);
  });

  it.each(['0c 0001 3c', '0c 0002 003c', '0c 0004 0000003c'])('a delay, %s', (hex) => {
    const element = fromHex(hex);
    const frame = Buffer.concat([fromHex('55 10 00000001 00'), Uint8Array.of(element.length), element]);
    expect(decodeCapf(frame).elements).toEqual({ retryDelaySeconds: 60 });
  });

  it('a text without NUL, and a certificate with another mark', () => {
    const text = decodeCapf(fromHex('55 02 00000001 0006 0d 0003 534550'));
    expect(text.elements).toEqual({ deviceName: 'SEP' });
    const marked = decodeCapf(fromHex('55 09 00000001 0009 04 0006 07 0003 09 01 30'));
    expect(marked.elements).toMatchObject({ certificate: { type: 1, der: Buffer.from([0x30]) } });
  });
});

describe('the frame rule', () => {
  it('cuts the same messages out of any chunks', () => {
    const cutAt = fc.infiniteStream(fc.integer({ min: 1, max: 60 }));
    fc.assert(
      fc.property(fc.array(capfMessage, { minLength: 1, maxLength: 4 }), cutAt, (values, cuts) => {
        const stream = Buffer.concat(values.map(encodeCapf));
        const framer = new StreamFramer(CAPF_FRAME_RULE);
        const seen: CapfMessage[] = [];
        for (let at = 0; at < stream.length; ) {
          const size = cuts.next().value ?? 1;
          framer.push(stream.subarray(at, at + size));
          at += size;
          for (let frame = framer.next(); frame !== null; frame = framer.next()) {
            seen.push(decodeCapf(Uint8Array.from(frame)));
          }
        }
        expect(seen).toEqual(values);
      }),
    );
  });

  it('knows another protocol by its first byte, and no more than the longest message', () => {
    const framer = new StreamFramer(CAPF_FRAME_RULE);
    framer.push(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(() => framer.next()).toThrow('capf.protocol @0: 72, not 85');
    const long = new StreamFramer(CAPF_FRAME_RULE);
    long.push(fromHex('55 09 00000001 ffff'));
    expect(() => long.next()).toThrow(`frame of 65543 bytes, allowed are 8 to ${MAX_CAPF_BYTES}`);
  });
});
