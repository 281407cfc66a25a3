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
  EACCES: 'denied',
  EPERM: 'denied',
};

/**
 * What the kernel's error means for a connection or a datagram. Whatever is not the network's or the server's doing
 * (no descriptor, no port, no memory, a source address that does not exist) is the generator's own: `exhausted`.
 */
export function closeCauseOf(error: Error): CloseCause {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return BY_ERRNO[code] ?? 'exhausted';
}
