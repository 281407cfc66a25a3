import { fixedText, rest, struct, u32le } from '../../../wire/codec.ts';
import { message } from '../message.ts';

export const configStatReq = message(0x000c, 'ConfigStatReq', struct({}));

export const configStatRes = message(
  0x0093,
  'ConfigStatRes',
  struct({
    deviceName: fixedText(16),
    userId: u32le,
    instance: u32le,
    userName: fixedText(40),
    serverName: fixedText(40),
    numberLines: u32le,
    numberSpeedDials: u32le,
  }),
);

/** Servers differ in its layout, and a 79x1 does not need it. */
export const configStatV2Res = message(0x0142, 'ConfigStatV2Res', struct({ body: rest }));

export const versionReq = message(0x000f, 'VersionReq', struct({}));

/** The load that the phone should run. */
export const versionRes = message(0x0098, 'VersionRes', struct({ versionId: fixedText(16) }));
