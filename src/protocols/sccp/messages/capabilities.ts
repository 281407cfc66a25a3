import { array, bytes, counted, rest, struct, u32le } from '../../../wire/codec.ts';
import { message } from '../message.ts';

const mediaCapability = struct({
  payloadCapability: u32le,
  maxFramesPerPacket: u32le,
  codecParams: bytes(8),
});

const UNUSED_CAPABILITY = { payloadCapability: 0, maxFramesPerPacket: 0, codecParams: new Uint8Array(8) };

const CAPABILITY_SLOTS = 18;

export const capabilitiesReq = message(0x009b, 'CapabilitiesReq', struct({}));

/** The phone's codecs: always 18 slots from a phone; some emulators send only those in use. */
export const capabilitiesRes = message(
  0x0010,
  'CapabilitiesRes',
  struct({
    capabilities: counted(u32le, mediaCapability, { slots: CAPABILITY_SLOTS, filler: UNUSED_CAPABILITY }),
  }),
);

/**
 * Codecs, video and conference resources, 1,840 bytes; the arrays are of fixed length and the counts in front say
 * how much of them is meant. Version 22 phones send it unasked some frames after they registered.
 */
export const updateCapabilities = message(
  0x0030,
  'UpdateCapabilities',
  struct({
    audioCapCount: u32le,
    videoCapCount: u32le,
    dataCapCount: u32le,
    rtpPayloadFormat: u32le,
    customPictureFormatCount: u32le,
    /** Six of 20 bytes. */
    customPictureFormat: bytes(120),
    /** Three words, then four service resources of 40 bytes. */
    confResources: bytes(172),
    audiocaps: array(CAPABILITY_SLOTS, mediaCapability),
    /** Ten of 116 bytes. */
    vidCaps: bytes(1160),
    /** Five of 16 bytes. */
    dataCaps: bytes(80),
  }),
);

/** Newer forms with larger records; servers take note of them and answer nothing. */
export const capabilitiesV2Res = message(0x0043, 'CapabilitiesV2Res', struct({ body: rest }));
export const capabilitiesV3Res = message(0x0044, 'CapabilitiesV3Res', struct({ body: rest }));

export const MEDIA_PAYLOAD = {
  g711Alaw64k: 2,
  g711Ulaw64k: 4,
  g722At64k: 6,
  g7231: 9,
  g729: 11,
  g729AnnexA: 12,
  g729AnnexB: 15,
  g729AnnexAwAnnexB: 16,
  wideBand256k: 25,
  iLbc: 86,
  rfc2833Dynamic: 257,
} as const;

/** What a 7961 offers: codec and milliseconds in a packet (chan-sccp issue logs). */
export const PHONE_CAPABILITIES = (
  [
    [MEDIA_PAYLOAD.wideBand256k, 40],
    [MEDIA_PAYLOAD.g711Ulaw64k, 40],
    [MEDIA_PAYLOAD.g711Alaw64k, 40],
    [MEDIA_PAYLOAD.g729AnnexB, 60],
    [MEDIA_PAYLOAD.g729AnnexAwAnnexB, 60],
    [MEDIA_PAYLOAD.g729, 60],
    [MEDIA_PAYLOAD.g729AnnexA, 60],
    [MEDIA_PAYLOAD.rfc2833Dynamic, 1],
  ] as const
).map(([payloadCapability, maxFramesPerPacket]) => ({
  payloadCapability,
  maxFramesPerPacket,
  codecParams: new Uint8Array(8),
}));

/** The audio part of `UpdateCapabilities` for the same codecs, nothing else. */
export function audioOnlyCapabilities() {
  return {
    audioCapCount: PHONE_CAPABILITIES.length,
    videoCapCount: 0,
    dataCapCount: 0,
    rtpPayloadFormat: 0,
    customPictureFormatCount: 0,
    customPictureFormat: new Uint8Array(120),
    confResources: new Uint8Array(172),
    audiocaps: Array.from({ length: CAPABILITY_SLOTS }, (_, i) => PHONE_CAPABILITIES[i] ?? UNUSED_CAPABILITY),
    vidCaps: new Uint8Array(1160),
    dataCaps: new Uint8Array(80),
  };
}
