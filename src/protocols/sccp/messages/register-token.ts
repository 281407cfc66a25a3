import { bytes, fixedText, ipv4, struct, u32le } from '../../../wire/codec.ts';
import { message } from '../message.ts';

const tokenRequest = struct(
  {
    deviceName: fixedText(16),
    userId: u32le,
    instance: u32le,
    stationIpAddr: ipv4,
    deviceType: u32le,
  },
  { stationIpV6Addr: bytes(16), flags: u32le },
);

/** May I come back to you? Payloads of 32, 48 and 52 bytes are in use. */
export const registerTokenReq = message(0x0029, 'RegisterTokenReq', tokenRequest);

export const registerTokenAck = message(0x011a, 'RegisterTokenAck', struct({}));

/** Not now: ask again after this many seconds. */
export const registerTokenReject = message(
  0x011b,
  'RegisterTokenReject',
  struct({ waitTimeBeforeNextReq: u32le }),
);

/** The same three from SPA phones (SPCP). */
export const spcpRegisterTokenReq = message(0x8000, 'SPCPRegisterTokenReq', tokenRequest);
export const spcpRegisterTokenAck = message(0x8100, 'SPCPRegisterTokenAck', struct({}));
export const spcpRegisterTokenReject = message(
  0x8101,
  'SPCPRegisterTokenReject',
  struct({ waitTimeBeforeNextReq: u32le }),
);
