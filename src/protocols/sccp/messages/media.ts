import { bytes, ipv4, padded, struct, u16le, u32le } from '../../../wire/codec.ts';
import { mediaEncryption, typedAddress } from '../fields.ts';
import { message, messageWithForms } from '../message.ts';

const receiveChannel = {
  conferenceId: u32le,
  passThroughPartyId: u32le,
  milliSecondPacketSize: u32le,
  compressionType: u32le,
  ecValue: u32le,
  codecParams: bytes(4),
  callReference: u32le,
  encryption: mediaEncryption,
  streamPassThroughId: u32le,
  associatedStreamId: u32le,
  rfc2833PayloadType: u32le,
  dtmfType: u32le,
} as const;

const receiveSource = { mixingMode: u32le, partyDirection: u32le } as const;

/** 92 or 108 bytes; from version 17, with typed addresses, 128. */
export const openReceiveChannel = messageWithForms(0x0105, 'OpenReceiveChannel', [
  {
    since: 0,
    layout: struct(receiveChannel, { ...receiveSource, sourceIpAddr: ipv4, sourcePortNumber: u32le }),
  },
  {
    since: 17,
    layout: struct({
      ...receiveChannel,
      ...receiveSource,
      sourceIpAddr: typedAddress,
      sourcePortNumber: u32le,
      requestedIpAddrType: u32le,
    }),
  },
]);

const receivePort = { portNumber: u32le, passThroughPartyId: u32le, callReference: u32le } as const;

/** 20 bytes; from version 17, with a typed address, 36. */
export const openReceiveChannelAck = messageWithForms(0x0022, 'OpenReceiveChannelAck', [
  { since: 0, layout: struct({ mediaReceptionStatus: u32le, ipAddr: ipv4, ...receivePort }) },
  { since: 17, layout: struct({ mediaReceptionStatus: u32le, ipAddr: typedAddress, ...receivePort }) },
]);

const transmission = {
  remotePortNumber: u32le,
  milliSecondPacketSize: u32le,
  compressionType: u32le,
  precedenceValue: u32le,
  ssValue: u32le,
  maxFramesPerPacket: padded(u16le, 2),
  codecParams: bytes(4),
  callReference: u32le,
  encryption: mediaEncryption,
  streamPassThroughId: u32le,
  associatedStreamId: u32le,
  rfc2833PayloadType: u32le,
  dtmfType: u32le,
} as const;

const parties = { conferenceId: u32le, passThroughPartyId: u32le } as const;

/** 108 bytes; from version 17, with a typed address, 132. */
export const startMediaTransmission = messageWithForms(0x008a, 'StartMediaTransmission', [
  { since: 0, layout: struct({ ...parties, remoteIpAddr: ipv4, ...transmission }, receiveSource) },
  {
    since: 17,
    layout: struct({ ...parties, remoteIpAddr: typedAddress, ...transmission, ...receiveSource }),
  },
]);

export const startMediaTransmissionAck = message(
  0x0154,
  'StartMediaTransmissionAck',
  struct({
    ...parties,
    callReference: u32le,
    transmitIpAddr: typedAddress,
    portNumber: u32le,
    mediaTransmissionStatus: u32le,
  }),
);

/** The last word is not always sent. */
const closedChannel = struct({ ...parties, callReference: u32le }, { portHandlingFlag: u32le });

export const closeReceiveChannel = message(0x0106, 'CloseReceiveChannel', closedChannel);
export const stopMediaTransmission = message(0x008b, 'StopMediaTransmission', closedChannel);
