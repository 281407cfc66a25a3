import { fixedText, nulText, struct, u32le } from '../../../wire/codec.ts';
import { message } from '../message.ts';

export const serviceUrlStatReq = message(0x0033, 'ServiceURLStatReq', struct({ serviceURLIndex: u32le }));

export const serviceUrlStatRes = message(
  0x012f,
  'ServiceURLStatRes',
  struct({ serviceURLIndex: u32le, serviceURL: fixedText(256), serviceURLDisplayName: fixedText(40) }),
);

/** From version 19 on a third text follows. */
export const serviceUrlStatV2Res = message(
  0x0148,
  'ServiceURLStatV2Res',
  struct({ serviceURLIndex: u32le, serviceURL: nulText, serviceURLDisplayName: nulText }),
);
