import { fixedText, nulText, struct, u32le } from '../../../wire/codec.ts';
import { message } from '../message.ts';

export const speedDialStatReq = message(0x000a, 'SpeedDialStatReq', struct({ speedDialNumber: u32le }));

export const speedDialStatRes = message(
  0x0091,
  'SpeedDialStatRes',
  struct({ speedDialNumber: u32le, speedDialDirNumber: fixedText(24), speedDialDisplayName: fixedText(40) }),
);

export const speedDialStatV2Res = message(
  0x0149,
  'SpeedDialStatV2Res',
  struct({ speedDialNumber: u32le, speedDialDirNumber: nulText, speedDialDisplayName: nulText }),
);
