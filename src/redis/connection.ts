/**
 * Connections to Redis. One that is lost comes back by itself; until then every command fails at once, so that nothing
 * piles up that would be out of date when it is done. A server that is frozen, or a connection that is half open, does
 * not answer: the connection is given up after `ANSWER_LIMIT_MS`. A command that was given up may still be done later.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Redis, ReplyError } from 'ioredis';
import { BootstormError } from '../errors.ts';
import { DEFAULT_PORT, nameOfAddress, redisAddress, redisName } from './address.ts';

/** A connection on which a command had no answer for so long is given up, ms. */
const ANSWER_LIMIT_MS = 5000;
/** The first attempt to connect anew comes at once, later ones after at most this, ms. */
const LONGEST_RETRY_MS = 1000;
/** What Lua scripts and BullMQ need. */
const OLDEST = { major: 6, minor: 2 } as const;

export interface OpenOptions {
  /** Shorter than `ANSWER_LIMIT_MS`: for tests. */
  readonly answerLimitMs?: number;
  /** How long to wait for a Redis that cannot be reached yet, ms. */
  readonly patienceMs?: number;
  /** It could not be reached, and is waited for; called once. */
  readonly onWait?: ((failure: BootstormError) => void) | undefined;
  /** Ends the waiting: thrown is what it waited for. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A connection that is ready. Throws `redis-unreachable`, `redis-refused` (user, password, database, rights) or
 * `redis-too-old`. The owner ends it with `disconnect()`.
 */
export async function openRedis(url: string, options: OpenOptions = {}): Promise<Redis> {
  const { patienceMs = 0, answerLimitMs = ANSWER_LIMIT_MS, onWait, signal } = options;
  const deadlineMs = performance.now() + patienceMs;
  for (let attempt = 0; ; attempt++) {
    const outcome = await tryToOpen(url, answerLimitMs);
    if (outcome instanceof Redis) return outcome;
    if (!outcome.retryable || signal?.aborted || performance.now() >= deadlineMs) throw outcome;
    if (attempt === 0) onWait?.(outcome);
    await pause(LONGEST_RETRY_MS, undefined, { signal }).catch(() => {});
  }
}

/**
 * For BullMQ, which opens connections of its own and waits on them: its commands are sent again when Redis is back.
 */
export function queueConnection(url: string) {
  return { ...endpoint(url), retryStrategy, maxRetriesPerRequest: null };
}

/** What a command failed with, as an operator error: Redis is out, or it refuses. */
export function redisFailure(error: unknown, { options }: Redis): BootstormError {
  const { host = '', port = DEFAULT_PORT, db: database = 0 } = options;
  return failureAt(error, nameOfAddress({ host, port, database, tls: options.tls !== undefined }));
}

async function tryToOpen(url: string, answerLimitMs: number): Promise<Redis | BootstormError> {
  const name = redisName(url);
  const redis = new Redis({
    ...endpoint(url),
    lazyConnect: true,
    retryStrategy,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    socketTimeout: answerLimitMs,
    connectTimeout: answerLimitMs,
    disconnectTimeout: 500,
  });
  let failure: unknown = null;
  const keep = (error: unknown): void => {
    failure ??= error;
  };
  // Later errors need no reader: every command that they concern fails by itself.
  redis.on('error', keep);
  try {
    await redis.connect();
    // A database number out of range is told in this way only: the connection would go on with database 0.
    if (failure instanceof Error) throw failure;
    await checkServer(redis, name);
    return redis;
  } catch (error) {
    redis.disconnect();
    return error instanceof BootstormError ? error : failureAt(failure ?? error, name);
  }
}

/** Throws `redis-too-old`. */
async function checkServer(redis: Redis, name: string): Promise<void> {
  const facts = await redis.info('server');
  const version = /^redis_version:(\d+)\.(\d+)\S*/m.exec(facts);
  const [, major, minor] = (version ?? []).map(Number);
  if (major === undefined || minor === undefined) return;
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return;
  throw new BootstormError('redis-too-old', `${name} is Redis ${major}.${minor}`, {
    hint: `use Redis ${OLDEST.major}.${OLDEST.minor} or newer`,
  });
}

function endpoint(url: string) {
  const { host, port, database, tls, user, password } = redisAddress(url);
  return {
    host,
    port,
    db: database,
    ...(user === null ? {} : { username: user }),
    ...(password === null ? {} : { password }),
    // Authorities beside the usual ones: NODE_EXTRA_CA_CERTS.
    ...(tls ? { tls: {} } : {}),
    connectionName: 'bootstorm',
  };
}

function retryStrategy(attempt: number): number {
  return Math.min(50 * 2 ** (attempt - 1), LONGEST_RETRY_MS);
}

function failureAt(error: unknown, name: string): BootstormError {
  const reason = reasonOf(error);
  if (error instanceof (ReplyError as typeof Error)) {
    const isAccess = /^(WRONGPASS|NOAUTH|NOPERM|ERR invalid password)/.test(reason);
    const hint = isAccess ? 'check user and password in the address of Redis' : undefined;
    return new BootstormError('redis-refused', `${name} refuses: ${reason}`, {
      cause: error,
      retryable: /^(LOADING|BUSY|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|OOM)/.test(reason),
      ...(hint === undefined ? {} : { hint }),
    });
  }
  return new BootstormError('redis-unreachable', `${name} cannot be reached: ${reason}`, {
    hint: unreachableHint(reason, name),
    cause: error,
    retryable: true,
  });
}

function unreachableHint(reason: string, name: string): string {
  if (/certificate/i.test(reason)) return 'name the authority of Redis in NODE_EXTRA_CA_CERTS';
  const hint = 'check that Redis runs there, and that this machine may connect to it';
  const isRefused = /ECONNREFUSED|ENOTFOUND|EHOSTUNREACH/.test(reason);
  if (isRefused) return hint;
  const scheme = name.startsWith('rediss:')
    ? 'redis:// where it speaks no TLS'
    : 'rediss:// where it speaks TLS';
  return `${hint}; write ${scheme}`;
}

/** That no command is sent a second time is a setting of ours: what the client says of it helps nobody. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === 'MaxRetriesPerRequestError' ? 'the connection was lost' : error.message;
}
