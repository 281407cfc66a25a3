import {
  bytes,
  fixedText,
  fullText,
  ipv4,
  openText,
  padded,
  struct,
  u8,
  u32le,
} from '../../../wire/codec.ts';
import { message } from '../message.ts';

/**
 * The phone introduces itself. Payloads of 36 (version 3), 44, 52, 64, 68 (7940/7960), 124 (79x1) and 172 bytes are
 * seen in the field: the fields of the second group are there as far as the bytes reach.
 */
export const registerReq = message(
  0x0001,
  'RegisterReq',
  struct(
    {
      /** `SEP` and the MAC address. */
      deviceName: fixedText(16),
      userId: u32le,
      /** 0 on 7906, 7911, 7941 and 7961; 1 on 7940, 7960, 6961 and 7925. */
      instance: u32le,
      stationIpAddr: ipv4,
      deviceType: u32le,
      maxStreams: u32le,
    },
    {
      activeStreams: u32le,
      /** The highest version that the phone speaks. */
      protocolVersion: u8,
      /** Three bytes; 00 72 85 on a 7941 and 7961. The meaning of the bits is disputed. */
      phoneFeatures: bytes(3),
      maxConferences: u32le,
      activeConferences: u32le,
      macAddress: padded(bytes(6), 6),
      ipV4AddressScope: u32le,
      maxNumberOfLines: u32le,
      stationIpV6Addr: bytes(16),
      ipV6AddressScope: u32le,
      firmwareLoadName: fixedText(32),
      configVersionStamp: fixedText(48),
    },
  ),
);

/** RTP port, sent after RegisterReq by the 7940/7960 class. */
export const ipPort = message(0x0002, 'IpPort', struct({ rtpMediaPort: u32le }));

/** The phone is registered. CallManager 2.x leaves the second group out: it speaks version 3 at most. */
export const registerAck = message(
  0x0081,
  'RegisterAck',
  struct(
    {
      /** Seconds between KeepAliveReq on this connection. */
      keepAliveInterval: u32le,
      /** `M/D/YA`, `D.M.Y` and the like; A asks for 12 hours. */
      dateTemplate: padded(fullText(6), 2),
    },
    {
      /** Seconds between KeepAliveReq on the connection to the standby CallManager. */
      secondaryKeepAliveInterval: u32le,
      /** The session's version as the server sees it; chan_skinny writes 0x30 here whatever was asked. */
      maxProtocolVer: u8,
      phoneFeatures: bytes(3),
    },
  ),
);

/** The phone may not register. The text is meant for its display and can be empty or missing. */
export const registerReject = message(0x009d, 'RegisterReject', struct({ text: openText(32) }));
