import type { CloseCause } from '../protocols/effects.ts';
import type { FailureCause } from './failure-causes.ts';

/** What it means for a phone that its connection ended, or never began. */
const STREAM_CAUSE = {
  fin: 'tcp-closed',
  reset: 'tcp-reset',
  refused: 'tcp-refused',
  timeout: 'tcp-timeout',
  unreachable: 'tcp-unreachable',
  denied: 'destination-denied',
  'tls-alert': 'tls-alert',
  'tls-failed': 'tls-failed',
  exhausted: 'generator-exhausted',
} as const satisfies Record<CloseCause, FailureCause>;

export function causeOfClose(cause: CloseCause): FailureCause {
  return STREAM_CAUSE[cause];
}

/** What it means that a datagram could not leave: the guard, the generator, or the route. */
export function causeOfUnsendable(cause: CloseCause): FailureCause {
  if (cause === 'denied') return 'destination-denied';
  if (cause === 'exhausted') return 'generator-exhausted';
  return 'server-unreachable';
}
