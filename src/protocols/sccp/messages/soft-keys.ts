import { array, fixedText, struct, u8, u16le, u32le } from '../../../wire/codec.ts';
import { listPart } from '../fields.ts';
import { message } from '../message.ts';

export const softKeyTemplateReq = message(0x0028, 'SoftKeyTemplateReq', struct({}));

/** Labels (0x80 and a number: the phone's own dictionary) and events; 32 slots, from chan-sccp 64. */
export const softKeyTemplateRes = message(
  0x0108,
  'SoftKeyTemplateRes',
  listPart(struct({ softKeyLabel: fixedText(16), softKeyEvent: u32le }), {
    slots: 32,
    filler: { softKeyLabel: '', softKeyEvent: 0 },
  }),
);

export const softKeySetReq = message(0x0025, 'SoftKeySetReq', struct({}));

const NO_KEYS = Array.from({ length: 16 }, () => 0);

/** Sets of 16 keys: indexes from 1 into the template (0: none), and 300 plus that index. */
export const softKeySetRes = message(
  0x0109,
  'SoftKeySetRes',
  listPart(struct({ softKeyTemplateIndex: array(16, u8), softKeyInfoIndex: array(16, u16le) }), {
    slots: 16,
    filler: { softKeyTemplateIndex: NO_KEYS, softKeyInfoIndex: NO_KEYS },
  }),
);

/** Which set is shown, and which of its keys can be pressed. */
export const selectSoftKeys = message(
  0x0110,
  'SelectSoftKeys',
  struct({ lineInstance: u32le, callReference: u32le, softKeySetIndex: u32le, validKeyMask: u32le }),
);

export const softKeyEvent = message(
  0x0026,
  'SoftKeyEvent',
  struct({ softKeyEvent: u32le, lineInstance: u32le, callReference: u32le }),
);
