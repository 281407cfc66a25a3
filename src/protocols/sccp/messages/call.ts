import { fixedText, rest, struct, u32le } from '../../../wire/codec.ts';
import { message, messageWithForms } from '../message.ts';

const lineAndCall = { lineInstance: u32le, callReference: u32le } as const;

/** Old phones send no fields with hook changes. */
export const offHook = message(0x0006, 'OffHook', struct({}, lineAndCall));
export const onHook = message(0x0007, 'OnHook', struct({}, lineAndCall));
export const hookFlash = message(0x0008, 'HookFlash', struct({}, lineAndCall));

/** 0 to 9; 14 is `*`, 15 is `#`. */
export const keypadButton = message(0x0003, 'KeypadButton', struct({ kpButton: u32le }, lineAndCall));

/** Digits dialled at once. From version 17 they have 25 bytes, unaligned: 29, padded to 32. */
export const enblocCall = messageWithForms(0x0004, 'EnblocCall', [
  { since: 0, layout: struct({ calledParty: fixedText(24) }, { lineInstance: u32le }) },
  { since: 17, layout: struct({ calledParty: fixedText(25), lineInstance: u32le }) },
]);

export const stimulus = message(
  0x0005,
  'Stimulus',
  struct({ stimulus: u32le, lineInstance: u32le }, { callReference: u32le, stimulusStatus: u32le }),
);

export const CALL_STATE = {
  offHook: 1,
  onHook: 2,
  ringOut: 3,
  ringIn: 4,
  connected: 5,
  busy: 6,
  congestion: 7,
  hold: 8,
  callWaiting: 9,
  callTransfer: 10,
  callPark: 11,
  proceed: 12,
  inUseRemotely: 13,
  invalidNumber: 14,
} as const;

export const callState = message(
  0x0111,
  'CallState',
  struct(
    { callState: u32le, lineInstance: u32le, callReference: u32le },
    { privacy: u32le, precedenceLevel: u32le, precedenceDomain: u32le },
  ),
);

export const activateCallPlane = message(0x0116, 'ActivateCallPlane', struct({ lineInstance: u32le }));
export const deactivateCallPlane = message(0x0117, 'DeactivateCallPlane', struct({}));

/** From version 18 the number has 25 bytes, unaligned: 33, padded to 36 (nDPI skinny.pcap, frame 11). */
export const dialedNumber = messageWithForms(0x011d, 'DialedNumber', [
  { since: 0, layout: struct({ dialedNumber: fixedText(24), ...lineAndCall }) },
  { since: 18, layout: struct({ dialedNumber: fixedText(25), ...lineAndCall }) },
]);

/** Who calls whom; the layout changes with nearly every version and is left as it is. */
export const callInfo = message(0x008f, 'CallInfo', struct({ body: rest }));
export const callInfoV2 = message(0x014a, 'CallInfoV2', struct({ body: rest }));
