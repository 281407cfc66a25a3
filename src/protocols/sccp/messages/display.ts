import { fixedText, nulText, openText, struct, u32le } from '../../../wire/codec.ts';
import { message } from '../message.ts';

/* A time-out is in seconds, 0 for ever. A text of 0x80 and a number stands for a label in the phone's dictionary. */

export const displayText = message(0x0099, 'DisplayText', struct({ text: openText(32) }));

/** Some phones do not survive it. */
export const clearDisplay = message(0x009a, 'ClearDisplay', struct({}));

export const displayPromptStatus = message(
  0x0112,
  'DisplayPromptStatus',
  struct({ timeOutValue: u32le, promptStatus: fixedText(32), lineInstance: u32le, callReference: u32le }),
);

export const displayPromptStatusV2 = message(
  0x0145,
  'DisplayPromptStatusV2',
  struct({ timeOutValue: u32le, lineInstance: u32le, callReference: u32le, promptStatus: nulText }),
);

export const clearPromptStatus = message(
  0x0113,
  'ClearPromptStatus',
  struct({ lineInstance: u32le, callReference: u32le }),
);

export const displayNotify = message(
  0x0114,
  'DisplayNotify',
  struct({ timeOutValue: u32le, notify: fixedText(32) }),
);

export const displayNotifyV2 = message(
  0x0143,
  'DisplayNotifyV2',
  struct({ timeOutValue: u32le, notify: nulText }),
);

export const clearNotify = message(0x0115, 'ClearNotify', struct({}));

export const displayPriNotify = message(
  0x0120,
  'DisplayPriNotify',
  struct({ timeOutValue: u32le, priority: u32le, notify: fixedText(32) }),
);

export const displayPriNotifyV2 = message(
  0x0144,
  'DisplayPriNotifyV2',
  struct({ timeOutValue: u32le, priority: u32le, notify: nulText }),
);
