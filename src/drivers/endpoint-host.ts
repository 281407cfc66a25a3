import { isIPv4 } from 'node:net';
import type { CloseCause, MachineEvent } from '../protocols/effects.ts';
import type { Clock } from './clock.ts';
import type { Tap } from './tap.ts';
import type { TargetGuard } from './target-guard.ts';

/** What the sockets of a worker share: one object, handed to each of them. */
export interface EndpointHost<Owner, Endpoint extends string> {
  readonly clock: Clock;
  readonly guard: TargetGuard;
  readonly tap: Tap<Owner, Endpoint> | null;
  readonly counters: SocketCounters;
  /** Called from the event loop, never from within an effect. An exception in it is a bug and ends the process. */
  deliver(owner: Owner, endpoint: Endpoint, event: MachineEvent): void;
}

export interface SocketCounters {
  openUdp: number;
  openTcp: number;
  datagramsSent: number;
  datagramsReceived: number;
  /** Datagrams and connections that the target guard refused. */
  denied: number;
  /** Replies at a relay endpoint that belong to no phone of this worker. */
  strayDatagrams: number;
}

export function noSocketsYet(): SocketCounters {
  return { openUdp: 0, openTcp: 0, datagramsSent: 0, datagramsReceived: 0, denied: 0, strayDatagrams: 0 };
}

/** What a guard and an IPv4 socket have to say of a destination before anything is sent: null is "go on". */
export function objectionTo(
  address: string,
  port: number,
  { guard, counters }: Pick<EndpointHost<unknown, string>, 'guard' | 'counters'>,
): CloseCause | null {
  if (!guard.allows(address)) {
    counters.denied++;
    return 'denied';
  }
  const reachable = isIPv4(address) && port >= 1 && port <= 65_535;
  return reachable ? null : 'unreachable';
}
