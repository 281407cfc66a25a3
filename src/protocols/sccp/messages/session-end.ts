import { struct, u32le } from '../../../wire/codec.ts';
import { message } from '../message.ts';

/** The phone takes its leave; newer phones add a reason (0 unknown, 1 power save). */
export const unregisterReq = message(0x0027, 'UnregisterReq', struct({}, { reason: u32le }));

export const UNREGISTER_STATUS = { ok: 0, error: 1, nak: 2 } as const;

/** `UNREGISTER_STATUS`; nak: a call is up, the phone stays registered and tries again later. */
export const unregisterAck = message(0x0118, 'UnregisterAck', struct({ status: u32le }));

export const RESET_TYPE = { reset: 1, restart: 2, applyConfig: 3 } as const;

/** The server wants the phone to start again: `RESET_TYPE`. */
export const reset = message(0x009f, 'Reset', struct({ resetType: u32le }));
