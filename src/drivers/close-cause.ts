import type { CloseCause } from '../protocols/effects.ts';

const BY_ERRNO: Readonly<Record<string, CloseCause>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ECONNABORTED: 'reset',
  ETIMEDOUT: 'timeout',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETDOWN: 'unreachable',
  EMFILE: 'exhausted',
  ENFILE: 'exhausted',
  ENOBUFS: 'exhausted',
  ENOMEM: 'exhausted',
  EADDRNOTAVAIL: 'exhausted',
  EADDRINUSE: 'exhausted',
  EINVAL: 'exhausted',
};

/**
 * What the kernel's error means for a connection or a datagram. No descriptor, port or memory, or a source address that
 * does not exist, is the generator's own fault: `exhausted`. What is not in the table did not get through: `unreachable`.
 */
export function closeCauseOf(error: Error): CloseCause {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return BY_ERRNO[code] ?? 'unreachable';
}
