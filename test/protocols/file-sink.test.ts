import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FileSink, type FileSinkConfig } from '../../src/protocols/file-sink.ts';

const blocks = fc.array(fc.uint8Array({ maxLength: 512 }), { maxLength: 20 });

describe('a sink', () => {
  it('keeps a copy of every byte: the blocks belong to the driver', () => {
    fc.assert(
      fc.property(blocks, (parts) => {
        const sink = new FileSink({ type: 'keep', maxBytes: 1 << 20 });
        const expected = Buffer.concat(parts);
        for (const part of parts) {
          expect(sink.add(part)).toBe(true);
          part.fill(0xee);
        }
        expect(sink.bytes).toBe(expected.length);
        expect(sink.takeContent()).toEqual(expected);
        expect(sink.takeDigest()).toBeNull();
      }),
    );
  });

  it.each(['sha1', 'sha256'] as const)('digests with %s and keeps nothing', (algorithm) => {
    const sink = new FileSink({ type: 'digest', algorithm, maxBytes: 100 });
    sink.add(Buffer.from('dial '));
    sink.add(Buffer.from('tone'));
    expect(sink.takeDigest()).toBe(createHash(algorithm).update('dial tone').digest('hex'));
    expect(sink.takeContent()).toBeNull();
  });

  it.each([
    { type: 'keep', maxBytes: 10 },
    { type: 'digest', algorithm: 'sha1', maxBytes: 10 },
    { type: 'discard', maxBytes: 10 },
  ] as FileSinkConfig[])('$type takes maxBytes and not one more', (config) => {
    const sink = new FileSink(config);
    expect(sink.add(new Uint8Array(10))).toBe(true);
    expect(sink.add(new Uint8Array(1))).toBe(false);
    expect(sink.bytes).toBe(10);
  });
});
