/**
 * Values of many megabytes, in compressed chunks with a TTL: an inventory of a hundred thousand phones, rows of phones.
 * A chunk's key has the digest of the whole, so writers of different values never mix.
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import type { Redis } from 'ioredis';
import { redisFailure } from './connection.ts';
import { packedText, unpackedText } from './packing.ts';

/** Compressed bytes in one chunk: little enough that Redis serves others between two of them. */
const CHUNK_BYTES = 256 * 1024;
const DIGEST_DIGITS = 32;

/** Says which chunks a value is in: `DIGEST.CHUNKS`. Whoever is to read the value has to be told. */
export type ChunkReference = string;

const compress = promisify(deflate);
const expand = promisify(inflate);

export interface WrittenChunks {
  readonly reference: ChunkReference;
  /** Compressed. */
  readonly bytes: number;
}

/**
 * Writes a value, see `packedText` for what it may hold, under `key:DIGEST:0`, `key:DIGEST:1` and so on. One chunk is
 * on its way at a time. Throws `redis-unreachable` or `redis-refused`.
 */
export async function writeChunks(
  redis: Redis,
  key: string,
  value: unknown,
  ttlSeconds: number,
): Promise<WrittenChunks> {
  const packed = await compress(packedText(value));
  const digest = digestOf(packed);
  const count = Math.ceil(packed.length / CHUNK_BYTES);
  for (let i = 0; i < count; i++) {
    const chunk = packed.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES);
    await asked(redis, redis.setex(`${key}:${digest}:${i}`, ttlSeconds, chunk));
  }
  return { reference: `${digest}.${count}`, bytes: packed.length };
}

/** The value; null: a chunk is missing or damaged. Throws as `writeChunks` does. */
export async function readChunks(redis: Redis, key: string, reference: ChunkReference): Promise<unknown> {
  const [digest = '', count] = reference.split('.');
  const chunks: Buffer[] = [];
  for (let i = 0; i < Number(count); i++) {
    const chunk = await asked(redis, redis.getBuffer(`${key}:${digest}:${i}`));
    if (chunk === null) return null;
    chunks.push(chunk);
  }
  const packed = Buffer.concat(chunks);
  if (digestOf(packed) !== digest) return null;
  return unpackedText((await expand(packed)).toString());
}

async function asked<Answer>(redis: Redis, answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    throw redisFailure(error, redis);
  }
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, DIGEST_DIGITS);
}
