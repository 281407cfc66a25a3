import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomFate, VirtualNetwork } from './virtual-network.ts';

const SETTINGS = { timeoutMs: 100, requestAttempts: 3, blockAttempts: 5 } as const;

function content(size: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: size }, (_, index) => (index * 31 + (index >> 9)) & 0xff));
}

describe('reader and server on a network that loses, repeats and reorders', () => {
  it('always end: with the file, or with a timeout within the retry bounds', () => {
    const outcomes = { received: 0, failed: 0 };
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.integer(),
          size: fc.oneof(fc.constantFrom(0, 1, 511, 512, 513, 1024), fc.integer({ min: 0, max: 12_000 })),
          loss: fc.constantFrom(0, 0.05, 0.3, 0.7, 1),
          duplication: fc.constantFrom(0, 0.2, 1),
          maxDelayMs: fc.constantFrom(0, 5, 90, 400),
        }),
        ({ seed, size, loss, duplication, maxDelayMs }) => {
          const file = content(size);
          const outcome = new VirtualNetwork({
            content: file,
            sink: { type: 'keep', maxBytes: 20_000 },
            settings: SETTINGS,
            fate: randomFate({ seed, loss, duplication, maxDelayMs }),
          }).run();
          const blocks = Math.floor(size / 512) + 1;
          expect(outcome.requestsSent).toBeLessThanOrEqual(SETTINGS.requestAttempts);
          expect(outcome.mostAcksOfOneBlock).toBeLessThanOrEqual(SETTINGS.blockAttempts);
          expect(outcome.endedAt).toBeLessThanOrEqual(
            (SETTINGS.requestAttempts + blocks * SETTINGS.blockAttempts) * SETTINGS.timeoutMs,
          );
          if (outcome.result.outcome === 'received') {
            expect(outcome.result.content?.equals(file)).toBe(true);
            outcomes.received++;
          } else {
            expect(outcome.result).toEqual({ outcome: 'failed', cause: 'timeout' });
            outcomes.failed++;
          }
        },
      ),
      { numRuns: 500 },
    );
    expect(outcomes.received).toBeGreaterThan(50);
    expect(outcomes.failed).toBeGreaterThan(50);
  });

  it.each([0, 511, 512, 513, 1024, 9352])('a quiet network: %i bytes in the fewest packets', (size) => {
    const blocks = Math.floor(size / 512) + 1;
    const outcome = new VirtualNetwork({
      content: content(size),
      sink: { type: 'keep', maxBytes: 10_000 },
      settings: SETTINGS,
      fate: () => [1],
    }).run();
    expect(outcome).toEqual({
      result: { outcome: 'received', bytes: size, content: content(size), digest: null },
      serverResults: [{ outcome: 'sent', bytes: size }],
      endedAt: 2 * blocks,
      requestsSent: 1,
      mostAcksOfOneBlock: 1,
      acksSent: blocks,
      dataSent: blocks,
    });
  });

  it('a network that doubles every datagram does not make anybody send more of them', () => {
    const outcome = new VirtualNetwork({
      content: content(9000),
      sink: { type: 'discard', maxBytes: 10_000 },
      settings: SETTINGS,
      fate: () => [1, 2],
    }).run();
    expect(outcome.result).toMatchObject({ outcome: 'received', bytes: 9000 });
    expect(outcome.acksSent).toBe(18);
    // the second copy of the request began a rival transfer: its first block is all that it sent
    expect(outcome.dataSent).toBe(18 + 1);
    expect(outcome.serverResults).toContainEqual({
      outcome: 'failed',
      cause: 'error',
      code: 5,
      message: 'unknown transfer ID',
    });
  });

  it('a silent server costs requestAttempts requests and as many waits', () => {
    const outcome = new VirtualNetwork({
      content: content(1),
      sink: { type: 'keep', maxBytes: 1 },
      settings: SETTINGS,
      fate: () => [],
    }).run();
    expect(outcome).toMatchObject({
      result: { outcome: 'failed', cause: 'timeout' },
      requestsSent: 3,
      endedAt: 300,
      acksSent: 0,
    });
  });

  it('33.6 MB pass the end of the block numbers, with losses on the way', () => {
    const file = Buffer.alloc(33_600_000);
    for (let at = 0; at < file.length; at += 512) file.writeUInt32LE(at, at);
    const outcome = new VirtualNetwork({
      content: file,
      sink: { type: 'digest', algorithm: 'sha256', maxBytes: 64 << 20 },
      settings: SETTINGS,
      fate: randomFate({ seed: 7, loss: 0.001, duplication: 0.001, maxDelayMs: 2 }),
    }).run();
    expect(file.length / 512).toBeGreaterThan(65_536);
    expect(outcome.result).toEqual({
      outcome: 'received',
      bytes: file.length,
      content: null,
      digest: createHash('sha256').update(file).digest('hex'),
    });
    expect(outcome.dataSent).toBeGreaterThan(65_626);
  });
});
