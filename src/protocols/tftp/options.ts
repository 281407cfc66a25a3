import { DEFAULT_BLOCK_SIZE, type TftpOption } from './packet.ts';

/** Bounds of the `blksize` option (RFC 2348) and of the `timeout` option in seconds (RFC 2349). */
const BLOCK_SIZE_RANGE = { min: 8, max: 65464 } as const;
const TIMEOUT_RANGE = { min: 1, max: 255 } as const;

/** What a server agreed to. */
export interface AgreedOptions {
  readonly blockSize: number;
  /** Null: the server's own setting. */
  readonly timeoutMs: number | null;
  /** What stands in the OACK, in the order of the request; empty: the transfer begins with DATA 1. */
  readonly acknowledged: readonly TftpOption[];
}

/**
 * A server's answer to the options of a read request: `blksize`, `tsize` and `timeout`. An unknown option, a value
 * that is out of bounds, and a repeated option are left out of the answer (RFC 2347: such an option is ignored).
 */
export function agreeOnOptions(requested: readonly TftpOption[], fileBytes: number): AgreedOptions {
  const acknowledged: TftpOption[] = [];
  let blockSize: number = DEFAULT_BLOCK_SIZE;
  let timeoutMs: number | null = null;
  for (const { name, value } of requested) {
    const number = /^\d{1,10}$/.test(value) ? Number(value) : -1;
    if (number < 0 || acknowledged.some((option) => option.name === name)) continue;
    if (name === 'tsize') {
      acknowledged.push({ name, value: String(fileBytes) });
    } else if (name === 'blksize' && number >= BLOCK_SIZE_RANGE.min) {
      blockSize = Math.min(number, BLOCK_SIZE_RANGE.max);
      acknowledged.push({ name, value: String(blockSize) });
    } else if (name === 'timeout' && number >= TIMEOUT_RANGE.min && number <= TIMEOUT_RANGE.max) {
      timeoutMs = number * 1000;
      acknowledged.push({ name, value });
    }
  }
  return { blockSize, timeoutMs, acknowledged };
}
