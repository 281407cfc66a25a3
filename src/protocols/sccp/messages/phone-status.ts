import { rest, struct, u32le } from '../../../wire/codec.ts';
import { message } from '../message.ts';

export const HEADSET_MODE = { on: 1, off: 2 } as const;

/** A 79x1 sends it before it asks for templates. */
export const headsetStatus = message(0x002b, 'HeadsetStatus', struct({ headsetMode: u32le }));

/** Lines that the phone has set up. Can come twice, or never. */
export const registerAvailableLines = message(
  0x002d,
  'RegisterAvailableLines',
  struct({ maxNumOfAvailLines: u32le }),
);

export const mediaPathEvent = message(
  0x0049,
  'MediaPathEvent',
  struct({ mediaPathID: u32le, mediaPathEvent: u32le }),
);

export const mediaPathCapability = message(
  0x004a,
  'MediaPathCapability',
  struct({ mediaPathID: u32le, mediaPathCapabilities: u32le }),
);

/** From conference bridges and transcoders, not from phones. */
export const mediaResourceNotification = message(0x002c, 'MediaResourceNotification', struct({ body: rest }));
