/* What a registration is told, what it asks for and how it ends: the outside of `registration.ts`. */

import type { CloseCause, Effects, MachineEvent } from '../effects.ts';
import type { RESET_TYPE } from './messages/session-end.ts';
import type { LastOutOfService } from './greeting.ts';
import type { KeepAliveLoss } from './keep-alive.ts';

/** What all phones of one kind in a run have in common: one object for all of them. */
export interface RegistrationSettings {
  readonly seed: number;
  /** `instance` of RegisterReq: 0 on 79x1, 1 on 7940 and 7960. */
  readonly instance: number;
  readonly deviceType: number;
  readonly maxLines: number;
  /** Name of the firmware. */
  readonly load: string;
  /** The highest that the phone speaks. */
  readonly protocolVersion: 17 | 22;
  /** These four are inference: no public source gives a phone's figures. */
  readonly connectTimeoutMs: number;
  readonly registerTimeoutMs: number;
  /** For every round of questions. A quarter of it is the wait for CapabilitiesReq. */
  readonly answerTimeoutMs: number;
  readonly unregisterTimeoutMs: number;
  /** How the phone's class takes a CallManager that does not answer its keepalives. */
  readonly keepAliveLoss: KeepAliveLoss;
  /** No answer to RegisterTokenReq. Inference. */
  readonly tokenTimeoutMs: number;
  /** Wait before the phone asks again after that, and after a rejection that names no time. Inference. */
  readonly tokenRetryMs: number;
}

export interface RegistrationConfig {
  readonly settings: RegistrationSettings;
  readonly deviceName: string;
  /** Twelve hex digits. */
  readonly mac: string;
  /** Position in the plan: the key of the phone's randomness. */
  readonly phoneIndex: number;
  /** IP address of CallManager. */
  readonly host: string;
  readonly port: number;
  /** The address to put into RegisterReq; null: the connection's own. */
  readonly leasedAddress: string | null;
  /** Why the phone was out of service (`LAST_OUT_OF_SERVICE`). */
  readonly alarm: LastOutOfService;
}

export type SccpTimer = 'connect' | 'register' | 'answer' | 'keepAlive' | 'unregister';

/** Where a registration was when it ended. */
export type SccpPhase = 'connect' | 'register' | 'ready' | 'inService';

/** `reset` is a TCP RST here; the message of that name is an outcome of its own. */
export type SccpFailureCause = CloseCause | 'no-answer' | 'rejected' | 'malformed' | 'keepalive-timeout';

export type SccpNotice =
  | { readonly type: 'connected' }
  /** `version` is the lower of the phone's and the server's. */
  | {
      readonly type: 'registered';
      readonly keepAliveMs: number;
      /** Of connections to other CallManagers. */
      readonly standbyKeepAliveMs: number;
      readonly version: number;
    }
  | { readonly type: 'ready' }
  | { readonly type: 'keepAliveAnswered'; readonly roundTripMs: number }
  /** Reset type 3 in service: the phone is to read its configuration again, and stays registered meanwhile. */
  | { readonly type: 'applyConfig' };

export type ResetType = (typeof RESET_TYPE)[keyof typeof RESET_TYPE];

export type SccpResult =
  | {
      readonly outcome: 'failed';
      readonly phase: SccpPhase;
      readonly cause: SccpFailureCause;
      readonly detail?: string;
    }
  /** The server sent Reset. `phase` is where it reached the phone. */
  | { readonly outcome: 'reset'; readonly type: ResetType; readonly phase: SccpPhase }
  /** `acknowledged`: the server answered UnregisterReq, by UnregisterAck, Reset or an orderly close. */
  | { readonly outcome: 'unregistered'; readonly acknowledged: boolean }
  /** `stop` came before the phone was registered. */
  | { readonly outcome: 'stopped' };

export type RegistrationEvent = MachineEvent<SccpTimer>;
export type RegistrationEffects = Effects<SccpTimer, SccpNotice, SccpResult>;
