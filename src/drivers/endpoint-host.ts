import type { MachineEvent } from '../protocols/effects.ts';
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
  /** Replies at a relay endpoint that belong to no phone of this worker. */
  strayDatagrams: number;
}
