/** The address of Redis, as users write it. */
import { BootstormError } from '../errors.ts';

export const DEFAULT_PORT = 6379;

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly database: number;
  readonly tls: boolean;
  readonly user: string | null;
  readonly password: string | null;
}

/** From `redis[s]://[user][:password@]host[:port][/database]`. Throws `invalid-scenario`; the message tells no password. */
export function redisAddress(text: string): RedisAddress {
  const address = parsed(text);
  if (typeof address !== 'string') return address;
  throw new BootstormError('invalid-scenario', `the address of Redis is not valid: ${address}`, {
    hint: 'write redis://host:6379/0, or rediss:// for TLS; special characters of a password percent-encoded',
  });
}

/** What is wrong with it, without its password; null: nothing. */
export function redisAddressFlaw(text: string): string | null {
  const address = parsed(text);
  return typeof address === 'string' ? address : null;
}

/** The address as messages and logs show it: without user and password. */
export function redisName(url: string): string {
  return nameOfAddress(redisAddress(url));
}

export function nameOfAddress({
  host,
  port,
  database,
  tls,
}: Omit<RedisAddress, 'user' | 'password'>): string {
  const shown = host.includes(':') ? `[${host}]` : host;
  return `${tls ? 'rediss' : 'redis'}://${shown}:${port}/${database}`;
}

function parsed(text: string): RedisAddress | string {
  if (!/^rediss?:\/\//i.test(text)) return 'expected redis:// or rediss:// in front';
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.hostname === '' || url.search !== '' || url.hash !== '') {
    return 'expected [user][:password@]host[:port][/database], the port up to 65535';
  }
  const database = /^\/?(\d{0,5})$/.exec(url.pathname)?.[1];
  if (database === undefined) return 'expected the number of a database after the host';
  const user = decoded(url.username);
  const password = decoded(url.password);
  if (user === undefined || password === undefined) return 'user or password is not well percent-encoded';
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    database: Number(database),
    tls: url.protocol === 'rediss:',
    user,
    password,
  };
}

/** Null: there is none; undefined: it is not well encoded. */
function decoded(part: string): string | null | undefined {
  try {
    return part === '' ? null : decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
