/* What a standby connection is told, what it asks for and how it ends: the outside of `standby.ts`. */

import type { StreamFramer } from '../../wire/stream-framer.ts';
import type { Effects, MachineEvent } from '../effects.ts';
import type { RegistrationConfig, SccpFailureCause } from './registration-contract.ts';

export interface StandbyConfig
  extends Pick<
    RegistrationConfig,
    'settings' | 'deviceName' | 'phoneIndex' | 'host' | 'port' | 'leasedAddress'
  > {
  readonly keepAliveMs: number;
  /**
   * How long KeepAliveReqs must be acknowledged without a gap before the phone asks for a token, milliseconds. Null:
   * it does not want to come back here, this is a reserve.
   */
  readonly monitorMs: number | null;
}

export type StandbyTimer = 'connect' | 'keepAlive' | 'monitor' | 'token';

export type StandbyNotice =
  | { readonly type: 'up' }
  | { readonly type: 'keepAliveAnswered'; readonly roundTripMs: number }
  /** Unless it was granted, the phone asks again after `waitMs`. */
  | {
      readonly type: 'tokenAnswered';
      readonly outcome: 'granted' | 'rejected' | 'unanswered';
      readonly roundTripMs: number;
      readonly waitMs: number;
    };

export type StandbyResult =
  | {
      readonly outcome: 'failed';
      /** It was connected before. */
      readonly wasUp: boolean;
      readonly cause: SccpFailureCause;
    }
  | { readonly outcome: 'stopped' };

/** What a registration takes over from a standby connection. */
export interface OpenConnection {
  readonly framer: StreamFramer;
  readonly localAddress: string;
}

export type StandbyEvent = MachineEvent<StandbyTimer>;
export type StandbyEffects = Effects<StandbyTimer, StandbyNotice, StandbyResult>;
