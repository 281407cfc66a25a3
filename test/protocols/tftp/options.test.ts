import { describe, expect, it } from 'vitest';
import { agreeOnOptions } from '../../../src/protocols/tftp/options.ts';

describe('what a server agrees to', () => {
  it.each([
    ['nothing asked', [], 512, null, ''],
    ['blksize', [['blksize', '1428']], 1428, null, 'blksize=1428'],
    ['blksize over the maximum is lowered', [['blksize', '70000']], 65464, null, 'blksize=65464'],
    ['blksize under 8 is left out', [['blksize', '7']], 512, null, ''],
    ['blksize that is no number', [['blksize', '1e3']], 512, null, ''],
    ['tsize gives the size', [['tsize', '0']], 512, null, 'tsize=9000'],
    ['timeout in seconds', [['timeout', '255']], 512, 255_000, 'timeout=255'],
    ['timeout out of range', [['timeout', '0']], 512, null, ''],
    ['an unknown option', [['windowsize', '16']], 512, null, ''],
    [
      'several, one twice',
      [
        ['tsize', '0'],
        ['blksize', '600'],
        ['blksize', '700'],
      ],
      600,
      null,
      'tsize=9000 blksize=600',
    ],
  ] as const)('%s', (_name, asked, blockSize, timeoutMs, acknowledged) => {
    const agreed = agreeOnOptions(
      asked.map(([name, value]) => ({ name, value })),
      9000,
    );
    expect(agreed.blockSize).toBe(blockSize);
    expect(agreed.timeoutMs).toBe(timeoutMs);
    expect(agreed.acknowledged.map((option) => `${option.name}=${option.value}`).join(' ')).toBe(
      acknowledged,
    );
  });
});
