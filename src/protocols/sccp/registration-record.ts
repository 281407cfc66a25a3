import type { StreamFramer } from '../../wire/stream-framer.ts';
import type { KeepAlive } from './keep-alive.ts';
import type { LineSetup } from './line-setup.ts';
import type { PhoneFrames } from './phone-frames.ts';
import type { RegistrationConfig, ResetType, SccpPhase, SccpTimer } from './registration-contract.ts';

/* What a registration remembers, and what follows from its state alone. */

export const REGISTRATION_STATES = [
  'idle',
  'connecting',
  'registering',
  'registered',
  'settingUp',
  'inService',
  'unregistering',
  'ended',
] as const;
export type RegistrationState = (typeof REGISTRATION_STATES)[number];

/** Why the phone unregisters, and how often it has asked. */
export interface Leaving {
  /** Null: it was stopped. */
  readonly reset: { readonly type: ResetType; readonly phase: SccpPhase } | null;
  attempts: number;
  /** UnregisterAck said no. */
  refused: boolean;
}

export interface Registration {
  state: RegistrationState;
  readonly config: RegistrationConfig;
  readonly framer: StreamFramer;
  /** Of a connection that was open before, as a standby connection; null: the registration opens its own. */
  readonly openFrom: string | null;
  frames: PhoneFrames;
  /** CapabilitiesReq came before RegisterAck. */
  capabilitiesAsked: boolean;
  keepAlive: KeepAlive | null;
  /** Only while the lines are set up. */
  setup: LineSetup | null;
  leaving: Leaving | null;
}

/** The timers that can run in a state. */
export const TIMERS_OF_STATE: Readonly<Record<RegistrationState, readonly SccpTimer[]>> = {
  idle: [],
  connecting: ['connect'],
  registering: ['register'],
  registered: ['answer', 'keepAlive'],
  settingUp: ['answer', 'keepAlive'],
  inService: ['keepAlive'],
  unregistering: ['unregister'],
  ended: [],
};

export const PHASE_OF_STATE: Readonly<Record<RegistrationState, SccpPhase>> = {
  idle: 'connect',
  connecting: 'connect',
  registering: 'register',
  registered: 'ready',
  settingUp: 'ready',
  inService: 'inService',
  unregistering: 'inService',
  ended: 'inService',
};
