import type { EndpointEffects, MachineEvent } from '../protocols/effects.ts';
import type { BootEvent } from './boot-event.ts';

/** The ports and connections that a phone holds. Which kind each is, the drivers are told by `ENDPOINT_KINDS`. */
export const ENDPOINT_KINDS = {
  /** The relay endpoint of the worker, shared by its phones. */
  dhcp: 'relay',
  dns: 'udp',
  tvsDns: 'udp',
  tftp: 'udp',
  http: 'tcp',
  tvs: 'tcp',
  capf: 'tcp',
  callManager1: 'tcp',
  callManager2: 'tcp',
  callManager3: 'tcp',
  callManager4: 'tcp',
} as const;

export type PhoneEndpoint = keyof typeof ENDPOINT_KINDS;

/** One for each place in a phone's group: three CallManagers by priority, then the SRST reference. */
export const CALL_MANAGER_ENDPOINTS = [
  'callManager1',
  'callManager2',
  'callManager3',
  'callManager4',
] as const satisfies readonly PhoneEndpoint[];
export type CallManagerEndpoint = (typeof CALL_MANAGER_ENDPOINTS)[number];

/** `boot` and `standby` are the phone's own; the others belong to the child machine on the endpoint of that name. */
export type PhoneTimer = 'boot' | 'standby' | `${PhoneEndpoint}.${string}`;

/**
 * What a phone is told. `powerOff`: its power is gone, and with it everything but its flash. `stop` asks for an orderly
 * end: Unregister, DHCPRELEASE, close.
 */
export type PhoneEvent =
  | {
      readonly type: 'powerOn';
      readonly intendedAt: number;
      /** See `poweredOn` of BootEvent. */
      readonly wave: number;
      readonly now: number;
    }
  | { readonly type: 'powerOff'; readonly now: number }
  | { readonly type: 'timer'; readonly timer: PhoneTimer; readonly now: number }
  | { readonly type: 'endpoint'; readonly endpoint: PhoneEndpoint; readonly event: MachineEvent }
  | { readonly type: 'stop'; readonly now: number };

/** What a phone has done for it. */
export interface PhoneEffects extends EndpointEffects<PhoneEndpoint, PhoneTimer> {
  emit(event: BootEvent): void;
  /** Power is lost: every timer is forgotten, every endpoint is gone without a word. */
  vanish(): void;
  /** The phone takes no more events: it was stopped, or its policy ended its attempts. */
  done(): void;
}
