import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../src/wire/decode-error.ts';
import { type FrameRule, StreamFramer } from '../../src/wire/stream-framer.ts';

/** Two bytes of length (of the whole frame, big-endian), then a body. */
const RULE: FrameRule = {
  name: 'test',
  headerBytes: 2,
  minFrameBytes: 2,
  maxFrameBytes: 1000,
  frameBytes: (bytes, offset) => ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0),
};

function frameOf(body: Uint8Array): Buffer {
  const length = body.length + 2;
  return Buffer.concat([Uint8Array.of(length >> 8, length & 0xff), body]);
}

/** Feeds chunks as a driver does: out of one buffer that is overwritten after each call. */
function feed(framer: StreamFramer, chunks: readonly Uint8Array[]): Buffer[] {
  const shared = Buffer.alloc(Math.max(1, ...chunks.map((chunk) => chunk.length)));
  const frames: Buffer[] = [];
  for (const chunk of chunks) {
    shared.set(chunk);
    framer.push(shared.subarray(0, chunk.length));
    for (let frame = framer.next(); frame !== null; frame = framer.next()) frames.push(Buffer.from(frame));
    shared.fill(0xee);
  }
  return frames;
}

function split(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, i) => bytes.subarray(places[i] ?? 0, end));
}

const bodies = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 12 });

describe('StreamFramer', () => {
  test('any splits of the stream give the same frames', () => {
    fc.assert(
      fc.property(bodies, fc.array(fc.nat(800), { maxLength: 40 }), (contents, cuts) => {
        const frames = contents.map(frameOf);
        const framer = new StreamFramer(RULE);
        expect(feed(framer, split(Buffer.concat(frames), cuts))).toEqual(frames);
        expect(framer.heldBytes).toBe(0);
      }),
    );
  });

  test('byte by byte', () => {
    const frames = [frameOf(Buffer.from('hello')), frameOf(Buffer.alloc(0)), frameOf(Buffer.from('world'))];
    const stream = Buffer.concat(frames);
    const bytes = Array.from(stream, (byte) => Uint8Array.of(byte));
    expect(feed(new StreamFramer(RULE), bytes)).toEqual(frames);
  });

  test('whole frames of one chunk are not copied', () => {
    const chunk = Buffer.concat([frameOf(Buffer.from('one')), frameOf(Buffer.from('two'))]);
    const framer = new StreamFramer(RULE);
    framer.push(chunk);
    expect([framer.next()?.buffer, framer.next()?.buffer]).toEqual([chunk.buffer, chunk.buffer]);
    expect(framer.next()).toBeNull();
  });

  test('only what is left over is held', () => {
    const framer = new StreamFramer(RULE);
    feed(framer, [Buffer.concat([frameOf(Buffer.from('one')), Uint8Array.of(0, 9, 1)])]);
    expect(framer.heldBytes).toBe(3);
  });

  test.each([
    ['too long', [0x03, 0xe9], 'test.length @0: frame of 1001 bytes, allowed are 2 to 1000'],
    ['too short', [0x00, 0x01], 'test.length @0: frame of 1 bytes, allowed are 2 to 1000'],
    [
      'too short, after a good frame',
      [0, 3, 7, 0, 0],
      'test.length @3: frame of 0 bytes, allowed are 2 to 1000',
    ],
  ])('a length that is %s raises DecodeError, however it comes', (_, bytes, message) => {
    expect(() => feed(new StreamFramer(RULE), [Uint8Array.from(bytes)])).toThrow(message);
    expect(() =>
      feed(
        new StreamFramer(RULE),
        bytes.map((byte) => Uint8Array.of(byte)),
      ),
    ).toThrow(DecodeError);
  });

  test('arbitrary bytes raise nothing but DecodeError, and what is held stays under the cap', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 }), (chunks) => {
        const framer = new StreamFramer(RULE);
        try {
          feed(framer, chunks);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
        expect(framer.heldBytes).toBeLessThanOrEqual(RULE.maxFrameBytes);
      }),
    );
  });
});
