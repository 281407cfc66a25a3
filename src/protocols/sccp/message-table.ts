import { encodeFrame, type Frame } from './header.ts';
import type { MessageKind, MessageOf } from './message.ts';
import * as alarms from './messages/alarm.ts';
import * as buttons from './messages/buttons.ts';
import * as calls from './messages/call.ts';
import * as capabilities from './messages/capabilities.ts';
import * as configStat from './messages/config-stat.ts';
import * as display from './messages/display.ts';
import * as features from './messages/feature-stat.ts';
import * as forwards from './messages/forward-stat.ts';
import * as indicators from './messages/indicators.ts';
import * as keepAlives from './messages/keep-alive.ts';
import * as lines from './messages/line-stat.ts';
import * as media from './messages/media.ts';
import * as phoneStatus from './messages/phone-status.ts';
import * as register from './messages/register.ts';
import * as tokens from './messages/register-token.ts';
import * as servers from './messages/server-list.ts';
import * as services from './messages/service-url-stat.ts';
import * as sessionEnd from './messages/session-end.ts';
import * as softKeys from './messages/soft-keys.ts';
import * as speedDials from './messages/speed-dial-stat.ts';
import * as timeDate from './messages/time-date.ts';

/** Every message that this program can read and write, in the order of the ids. */
export const MESSAGE_KINDS = [
  keepAlives.keepAliveReq,
  register.registerReq,
  register.ipPort,
  calls.keypadButton,
  calls.enblocCall,
  calls.stimulus,
  calls.offHook,
  calls.onHook,
  calls.hookFlash,
  forwards.forwardStatReq,
  speedDials.speedDialStatReq,
  lines.lineStatReq,
  configStat.configStatReq,
  timeDate.timeDateReq,
  buttons.buttonTemplateReq,
  configStat.versionReq,
  capabilities.capabilitiesRes,
  servers.serverReq,
  alarms.alarm,
  media.openReceiveChannelAck,
  softKeys.softKeySetReq,
  softKeys.softKeyEvent,
  sessionEnd.unregisterReq,
  softKeys.softKeyTemplateReq,
  tokens.registerTokenReq,
  phoneStatus.headsetStatus,
  phoneStatus.mediaResourceNotification,
  phoneStatus.registerAvailableLines,
  capabilities.updateCapabilities,
  services.serviceUrlStatReq,
  features.featureStatReq,
  capabilities.capabilitiesV2Res,
  capabilities.capabilitiesV3Res,
  phoneStatus.mediaPathEvent,
  phoneStatus.mediaPathCapability,
  register.registerAck,
  indicators.startTone,
  indicators.stopTone,
  indicators.setRinger,
  indicators.setLamp,
  indicators.setSpeakerMode,
  indicators.setMicroMode,
  media.startMediaTransmission,
  media.stopMediaTransmission,
  calls.callInfo,
  forwards.forwardStatRes,
  speedDials.speedDialStatRes,
  lines.lineStatRes,
  configStat.configStatRes,
  timeDate.timeDateRes,
  buttons.buttonTemplateRes,
  configStat.versionRes,
  display.displayText,
  display.clearDisplay,
  capabilities.capabilitiesReq,
  register.registerReject,
  servers.serverRes,
  sessionEnd.reset,
  keepAlives.keepAliveAck,
  media.openReceiveChannel,
  media.closeReceiveChannel,
  softKeys.softKeyTemplateRes,
  softKeys.softKeySetRes,
  softKeys.selectSoftKeys,
  calls.callState,
  display.displayPromptStatus,
  display.clearPromptStatus,
  display.displayNotify,
  display.clearNotify,
  calls.activateCallPlane,
  calls.deactivateCallPlane,
  sessionEnd.unregisterAck,
  tokens.registerTokenAck,
  tokens.registerTokenReject,
  calls.dialedNumber,
  features.featureStatRes,
  display.displayPriNotify,
  services.serviceUrlStatRes,
  configStat.configStatV2Res,
  display.displayNotifyV2,
  display.displayPriNotifyV2,
  display.displayPromptStatusV2,
  features.featureStatV2Res,
  lines.lineStatV2Res,
  services.serviceUrlStatV2Res,
  speedDials.speedDialStatV2Res,
  calls.callInfoV2,
  media.startMediaTransmissionAck,
  alarms.enhancedAlarm,
  tokens.spcpRegisterTokenReq,
  tokens.spcpRegisterTokenAck,
  tokens.spcpRegisterTokenReject,
] as const;

/** A message whose id is not in the table: kept as it came. */
export interface UnknownMessage {
  readonly type: 'UnknownMessage';
  readonly id: number;
  readonly body: Uint8Array;
}

export type KnownMessage = MessageOf<(typeof MESSAGE_KINDS)[number]>;
export type SccpMessage = KnownMessage | UnknownMessage;
export type MessageType = KnownMessage['type'];

type AnyKind = MessageKind<MessageType, object>;

const KIND_BY_ID: ReadonlyMap<number, AnyKind> = new Map(
  MESSAGE_KINDS.map((kind) => [kind.id, kind as AnyKind]),
);
const KIND_BY_TYPE: ReadonlyMap<string, AnyKind> = new Map(
  MESSAGE_KINDS.map((kind) => [kind.type, kind as AnyKind]),
);

/**
 * The whole frame of a message.
 *
 * @param headerVersion what the header says
 * @param formVersion protocol version of the session, for messages whose layout depends on it; some servers write 0
 *   into every header and use new layouts all the same
 */
export function encodeMessage(
  message: SccpMessage,
  headerVersion: number,
  formVersion = headerVersion,
): Buffer {
  if (message.type === 'UnknownMessage') return encodeFrame(message.id, headerVersion, message.body);
  const kind = KIND_BY_TYPE.get(message.type);
  if (kind === undefined) throw new RangeError(`no such message: ${message.type}`);
  return kind.encode(message, headerVersion, formVersion);
}

/** Raises DecodeError when the payload is not what the id promises. */
export function decodeMessage(frame: Frame): SccpMessage {
  const kind = KIND_BY_ID.get(frame.id);
  if (kind === undefined) return { type: 'UnknownMessage', id: frame.id, body: frame.payload };
  return kind.decode(frame.payload) as KnownMessage;
}

/** Payload bytes without which a message of this id cannot be read; 0 for ids that are not in the table. */
export function minPayloadBytes(id: number): number {
  return KIND_BY_ID.get(id)?.minPayloadBytes ?? 0;
}
