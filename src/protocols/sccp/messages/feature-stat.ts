import { fixedText, nulText, struct, u32le } from '../../../wire/codec.ts';
import { message } from '../message.ts';

/** The second word is not always sent; 1 asks for a speed dial with its busy lamp (chan-sccp). */
export const featureStatReq = message(
  0x0034,
  'FeatureStatReq',
  struct({ featureIndex: u32le }, { featureCapabilities: u32le }),
);

export const featureStatRes = message(
  0x011f,
  'FeatureStatRes',
  struct({ featureIndex: u32le, featureID: u32le, featureTextLabel: fixedText(40), featureStatus: u32le }),
);

export const featureStatV2Res = message(
  0x0146,
  'FeatureStatV2Res',
  struct({ featureIndex: u32le, featureID: u32le, featureStatus: u32le, featureTextLabel: nulText }),
);
