import type { MessageKind } from './message.ts';
import { buttonTemplateReq } from './messages/buttons.ts';
import {
  audioOnlyCapabilities,
  capabilitiesRes,
  PHONE_CAPABILITIES,
  updateCapabilities,
} from './messages/capabilities.ts';
import { featureStatReq } from './messages/feature-stat.ts';
import { forwardStatReq } from './messages/forward-stat.ts';
import { keepAliveAck, keepAliveReq } from './messages/keep-alive.ts';
import { lineStatReq } from './messages/line-stat.ts';
import { HEADSET_MODE, headsetStatus, registerAvailableLines } from './messages/phone-status.ts';
import { serviceUrlStatReq } from './messages/service-url-stat.ts';
import { unregisterReq } from './messages/session-end.ts';
import { softKeySetReq, softKeyTemplateReq } from './messages/soft-keys.ts';
import { speedDialStatReq } from './messages/speed-dial-stat.ts';
import { timeDateReq } from './messages/time-date.ts';

/** From this version on a phone writes the version into its headers, once registered (nDPI captures). */
const VERSIONED_HEADER_SINCE = 15;

/** Phones of this version send UpdateCapabilities unasked (7961G on 9.4(2), sccp-rs golden vectors). */
const UPDATE_CAPABILITIES_SINCE = 22;

/** Phones of this version send a reason with UnregisterReq. Inference: servers take both forms. */
const UNREGISTER_REASON_SINCE = 17;

/** The requests for which there is one frame for each index. */
const INDEXED = {
  line: (index: number, version: number) => lineStatReq.encode({ lineNumber: index }, version),
  forward: (index: number, version: number) => forwardStatReq.encode({ lineNumber: index }, version),
  speedDial: (index: number, version: number) => speedDialStatReq.encode({ speedDialNumber: index }, version),
  feature: (index: number, version: number) =>
    featureStatReq.encode({ featureIndex: index, featureCapabilities: 0 }, version),
  // chan-sccp answers for a speed dial with busy lamp when the second word is 1.
  blfSpeedDial: (index: number, version: number) =>
    featureStatReq.encode({ featureIndex: index, featureCapabilities: 1 }, version),
  serviceUrl: (index: number, version: number) =>
    serviceUrlStatReq.encode({ serviceURLIndex: index }, version),
  availableLines: (index: number, version: number) =>
    registerAvailableLines.encode({ maxNumOfAvailLines: index }, version),
} as const;

export type IndexedFrame = keyof typeof INDEXED;

/** All frames that are the same for every phone of a protocol version: built once and shared. */
export class PhoneFrames {
  readonly keepAlive: Uint8Array;
  readonly keepAliveAck: Uint8Array;
  readonly capabilities: Uint8Array;
  /** HeadsetStatus, CapabilitiesRes, ButtonTemplateReq: the answer to CapabilitiesReq and the first question. */
  readonly opening: Uint8Array;
  /** The same for a server that did not ask for capabilities. */
  readonly openingUnasked: Uint8Array;
  /** SoftKeyTemplateReq, SoftKeySetReq. */
  readonly softKeys: Uint8Array;
  readonly timeDate: Uint8Array;
  readonly unregister: Uint8Array;
  /** Null: phones of this version do not send it. */
  readonly updateCapabilities: Uint8Array | null;
  readonly #headerVersion: number;
  readonly #indexed: Readonly<Record<IndexedFrame, Uint8Array[]>>;

  constructor(version: number) {
    const header = version >= VERSIONED_HEADER_SINCE ? version : 0;
    const empty = (kind: MessageKind<string, object>) => kind.encode({}, header);
    const headset = headsetStatus.encode({ headsetMode: HEADSET_MODE.off }, header);
    this.#headerVersion = header;
    this.keepAlive = empty(keepAliveReq);
    this.keepAliveAck = empty(keepAliveAck);
    this.capabilities = capabilitiesRes.encode({ capabilities: PHONE_CAPABILITIES }, header);
    this.opening = Buffer.concat([headset, this.capabilities, empty(buttonTemplateReq)]);
    this.openingUnasked = Buffer.concat([headset, empty(buttonTemplateReq)]);
    this.softKeys = Buffer.concat([empty(softKeyTemplateReq), empty(softKeySetReq)]);
    this.timeDate = empty(timeDateReq);
    this.unregister = unregisterReq.encode(version >= UNREGISTER_REASON_SINCE ? { reason: 0 } : {}, header);
    this.updateCapabilities =
      version >= UPDATE_CAPABILITIES_SINCE
        ? updateCapabilities.encode(audioOnlyCapabilities(), header)
        : null;
    this.#indexed = {
      line: [],
      forward: [],
      speedDial: [],
      feature: [],
      blfSpeedDial: [],
      serviceUrl: [],
      availableLines: [],
    };
  }

  indexed(frame: IndexedFrame, index: number): Uint8Array {
    const known = this.#indexed[frame];
    return (known[index] ??= INDEXED[frame](index, this.#headerVersion));
  }
}

const FRAMES_BY_VERSION: PhoneFrames[] = [];

/** The frames of a session; 0 until a version is agreed. */
export function phoneFrames(version: number): PhoneFrames {
  return (FRAMES_BY_VERSION[version] ??= new PhoneFrames(version));
}
