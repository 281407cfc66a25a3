import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeTvs,
  describeTvs,
  encodeTvs,
  MAX_TVS_BYTES,
  TVS_COMMANDS,
  TVS_FRAME_RULE,
  type TvsElements,
  type TvsMessage,
} from '../../../src/protocols/tvs/message.ts';
import { DecodeError } from '../../../src/wire/decode-error.ts';
import { fromHex } from '../../../src/wire/hex.ts';
import { StreamFramer } from '../../../src/wire/stream-framer.ts';
import { reviveBytes } from '../../support/vector-values.ts';
import VECTORS from '../../vectors/tvs/messages.json' with { type: 'json' };

const text = fc.stringMatching(/^[ -~]{0,40}$/);
const bytes = fc.uint8Array({ maxLength: 300 });
const elements: fc.Arbitrary<TvsElements> = fc.record(
  {
    deviceName: text,
    certificate: bytes,
    status: fc.nat(255),
    roles: bytes,
    ttlSeconds: fc.nat(0xffffffff),
    unknown: fc.array(fc.record({ tag: fc.integer({ min: 10, max: 255 }), value: bytes }), {
      minLength: 1,
      maxLength: 3,
    }),
  },
  { requiredKeys: [] },
);
const message: fc.Arbitrary<TvsMessage> = fc.record({
  command: fc.nat(255),
  sessionId: fc.nat(0xffffffff),
  elements,
});

describe('the vectors', () => {
  it.each(VECTORS)('$name', ({ hex, message: shown }) => {
    const decoded = decodeTvs(Uint8Array.from(fromHex(hex)));
    expect(decoded).toEqual(reviveBytes(shown));
    expect(encodeTvs(decoded)).toEqual(fromHex(hex));
  });
});

describe('the codec', () => {
  it('reads what it writes', () => {
    fc.assert(
      fc.property(message, (value) => {
        const decoded = decodeTvs(Uint8Array.from(encodeTvs(value)));
        expect(decoded).toEqual(value);
      }),
    );
  });

  it('raises nothing but DecodeError', () => {
    fc.assert(
      fc.property(message, fc.nat(), fc.nat(255), fc.nat(), (value, at, byte, end) => {
        const spoiled = encodeTvs(value);
        spoiled[at % spoiled.length] = byte;
        for (const part of [spoiled, spoiled.subarray(0, end % spoiled.length)]) {
          try {
            decodeTvs(part);
          } catch (error) {
            expect(error).toBeInstanceOf(DecodeError);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['not TVS', '58 01 01 00 00000001 0000', 'tvs.protocol @0'],
    ['another version', '57 02 01 00 00000001 0000', 'tvs.version @2'],
    ['a length that lies', '57 01 01 00 00000001 0004 07 0001', 'tvs.length @10: says 4, there are 3'],
    ['a name without its mark', '57 01 01 00 00000001 0005 01 0002 43 50', 'tvs.deviceName @14'],
  ])('%s', (_, hex, error) => {
    expect(() => decodeTvs(fromHex(hex))).toThrow(error);
  });
});

describe('the frame rule', () => {
  it('cuts the same messages out of any chunks', () => {
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 4 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
        (values, cuts) => {
          const stream = Buffer.concat(values.map(encodeTvs));
          const framer = new StreamFramer(TVS_FRAME_RULE);
          const seen: TvsMessage[] = [];
          for (let at = 0; at < stream.length; ) {
            const size = cuts.next().value ?? 1;
            framer.push(stream.subarray(at, at + size));
            at += size;
            for (let frame = framer.next(); frame !== null; frame = framer.next()) {
              seen.push(decodeTvs(Uint8Array.from(frame)));
            }
          }
          expect(seen).toEqual(values);
        },
      ),
    );
  });

  it('knows another protocol by its first byte, and no more than the longest message', () => {
    const framer = new StreamFramer(TVS_FRAME_RULE);
    framer.push(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(() => framer.next()).toThrow('tvs.protocol @0: 72, not 87');
    const long = new StreamFramer(TVS_FRAME_RULE);
    long.push(fromHex('57 01 02 00 00000001 ffff'));
    expect(() => long.next()).toThrow(`frame of 65545 bytes, allowed are 10 to ${MAX_TVS_BYTES}`);
    const certificate = new Uint8Array(MAX_TVS_BYTES);
    const request = { command: TVS_COMMANDS.VerifyReq, sessionId: 1, elements: { certificate } };
    expect(() => encodeTvs(request)).toThrow(RangeError);
  });
});

it('describeTvs: one line, in the order of the wire', () => {
  expect(VECTORS.map(({ hex }) => describeTvs(decodeTvs(fromHex(hex))))).toEqual([
    'VerifyReq session=7 deviceName="CP-7961-SEP001122334455" certificate=4 bytes',
    'VerifyRes session=7 status=0 roles=2 bytes ttlSeconds=86400',
    'VerifyRes session=7 status=1',
  ]);
  expect(describeTvs({ command: 9, sessionId: 1, elements: {} })).toBe('command 9 session=1');
});
