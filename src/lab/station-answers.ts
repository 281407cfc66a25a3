/**
 * What the lab's CallManager answers to a registered phone. Requests are the same in every protocol version; the
 * server chooses among the forms of the answer: dynamic ones from version 8 (prompts) and 17 (lines), as chan-sccp
 * does. Ids and layouts: Wireshark's skinny dissector. No request that wants an answer stays without one: a phone
 * that asks for one line at a time would wait for ever.
 *
 *   request                 answer
 *   ----------------------  --------------------------------------------------------------
 *   ButtonTemplateReq       ButtonTemplateRes: one line, speed dials on the other buttons
 *   SoftKeyTemplateReq      SoftKeyTemplateRes
 *   SoftKeySetReq           SoftKeySetRes, SelectSoftKeys
 *   VersionReq              VersionRes without a load: the phone keeps its own
 *   ServerReq               ServerRes: this CallManager
 *   ConfigStatReq           ConfigStatRes, in its static form to all: a 79x1 needs no other
 *   LineStatReq             LineStatRes or LineStatV2Res; empty for a line that does not exist (as chan-sccp)
 *   SpeedDialStatReq        SpeedDialStatRes or its V2, always empty
 *   ForwardStatReq          ForwardStatRes: no forward
 *   FeatureStatReq          FeatureStatRes or its V2, always empty
 *   ServiceURLStatReq       ServiceURLStatRes or its V2, always empty
 *   TimeDateReq             TimeDateRes, SetLamp (message waiting: off), prompt, SelectSoftKeys
 *   everything else         nothing
 */
import { encodeMessage, type MessageType, type SccpMessage } from '../protocols/sccp/message-table.ts';
import { BUTTON_TYPE } from '../protocols/sccp/messages/buttons.ts';
import { LAMP_MODE } from '../protocols/sccp/messages/indicators.ts';
import type { KeepAliveIntervals } from './keep-alive-intervals.ts';
import type { NamedServer } from './lab-contract.ts';

/** From here on lines, speed dials, features and services have their dynamic form (chan-sccp's protocol table). */
const DYNAMIC_LINES_SINCE = 17;
const DYNAMIC_PROMPTS_SINCE = 8;
/** Below it the header's version is 0, as chan-sccp and the captures of old phones have it. */
const HEADER_VERSION_SINCE = 10;
/** "Your current options", in the phone's own dictionary. */
const IDLE_PROMPT = '\x80\x13';
const STIMULUS_MESSAGE_WAITING = 0x0f;
const ALL_KEYS = 0xffff_ffff;
/** Buttons in one template, CUCM's and chan_skinny's form; no phone of the model table has more. */
const MOST_BUTTONS = 42;
const SERVERS_IN_LIST = 5;
/** Labels and events of a usual template: Redial, NewCall, Hold, Transfer, CFwdAll ... */
const SOFT_KEYS = Array.from({ length: 18 }, (_, at) => ({
  softKeyLabel: `\x80${String.fromCharCode(at + 1)}`,
  softKeyEvent: at + 1,
}));
/** Redial, NewCall, CFwdAll, PickUp on an idle line. */
const IDLE_SET = [1, 2, 5, 17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const INFO_INDEX_BASE = 300;

const IDLE_KEYS: SccpMessage = {
  type: 'SelectSoftKeys',
  lineInstance: 0,
  callReference: 0,
  softKeySetIndex: 0,
  validKeyMask: ALL_KEYS,
};

/** What is known of a registered phone. */
export interface StationFacts {
  readonly deviceName: string;
  readonly version: number;
  readonly directoryNumber: string;
  readonly buttons: number;
  readonly prebuilt: PrebuiltAnswers;
  readonly server: NamedServer;
}

/** Answers that are the same for all phones of a version and number of buttons. */
export interface PrebuiltAnswers {
  readonly byRequest: ReadonlyMap<MessageType, Uint8Array>;
  /** What follows the time. */
  readonly idle: Uint8Array;
}

const PREBUILT = new Map<number, PrebuiltAnswers>();

/** Feature bytes of a CallManager from version 11 on, as chan-sccp and wazo send them. */
const SERVER_FEATURES = Uint8Array.of(0x20, 0xf1, 0xff);

/** RegisterAck and CapabilitiesReq in one write, both with header version 0: so CUCM in nDPI's capture. */
export function encodeGreeting(intervals: KeepAliveIntervals, version: number): Uint8Array {
  const ack: SccpMessage = {
    type: 'RegisterAck',
    keepAliveInterval: intervals.keepAliveSeconds,
    dateTemplate: 'D.M.Y',
    secondaryKeepAliveInterval: intervals.secondaryKeepAliveSeconds,
    maxProtocolVer: version,
    phoneFeatures: SERVER_FEATURES,
  };
  return Buffer.concat([encodeMessage(ack, 0), encodeMessage({ type: 'CapabilitiesReq' }, 0)]);
}

/** Buttons of a phone that says it has `lines`; some say 0, and a hostile one says anything. */
export function buttonsFor(lines: number): number {
  return Math.min(Math.max(lines, 1), MOST_BUTTONS);
}

/** Made once for each version and number of buttons (1 to 42). */
export function prebuiltAnswers(version: number, buttons: number): PrebuiltAnswers {
  const key = version * (MOST_BUTTONS + 1) + buttons;
  let answers = PREBUILT.get(key);
  if (answers === undefined) {
    answers = prebuild(version, buttons);
    PREBUILT.set(key, answers);
  }
  return answers;
}

/** Frames of the answer, one after the other; null: the request has no answer. `date` is the wall clock. */
export function answerTo(request: SccpMessage, station: StationFacts, date: () => Date): Uint8Array | null {
  const { prebuilt, version } = station;
  if (request.type === 'UnknownMessage') return null;
  switch (request.type) {
    case 'LineStatReq':
      return frames(version, [lineStat(request.lineNumber, station)]);
    case 'SpeedDialStatReq':
      return frames(version, [speedDialStat(request.speedDialNumber, version)]);
    case 'ForwardStatReq':
      return frames(version, [forwardStat(request.lineNumber)]);
    case 'FeatureStatReq':
      return frames(version, [featureStat(request.featureIndex, version)]);
    case 'ServiceURLStatReq':
      return frames(version, [serviceUrlStat(request.serviceURLIndex, version)]);
    case 'ConfigStatReq':
      return frames(version, [configStat(station)]);
    case 'ServerReq':
      return frames(version, [serverList(station.server)]);
    case 'TimeDateReq':
      return Buffer.concat([frames(version, [timeDate(date())]), prebuilt.idle]);
    default:
      return prebuilt.byRequest.get(request.type) ?? null;
  }
}

function prebuild(version: number, buttons: number): PrebuiltAnswers {
  const keySet = {
    softKeyTemplateIndex: IDLE_SET,
    softKeyInfoIndex: IDLE_SET.map((key) => (key === 0 ? 0 : INFO_INDEX_BASE + key)),
  };
  const prompt = { timeOutValue: 0, promptStatus: IDLE_PROMPT, lineInstance: 0, callReference: 0 };
  const answers: readonly (readonly [MessageType, SccpMessage[]])[] = [
    [
      'ButtonTemplateReq',
      [{ type: 'ButtonTemplateRes', offset: 0, total: buttons, entries: template(buttons) }],
    ],
    [
      'SoftKeyTemplateReq',
      [{ type: 'SoftKeyTemplateRes', offset: 0, total: SOFT_KEYS.length, entries: SOFT_KEYS }],
    ],
    ['SoftKeySetReq', [{ type: 'SoftKeySetRes', offset: 0, total: 1, entries: [keySet] }, IDLE_KEYS]],
    ['VersionReq', [{ type: 'VersionRes', versionId: '' }]],
  ];
  return {
    byRequest: new Map(answers.map(([request, messages]) => [request, frames(version, messages)])),
    idle: frames(version, [
      { type: 'SetLamp', stimulus: STIMULUS_MESSAGE_WAITING, stimulusInstance: 0, lampMode: LAMP_MODE.off },
      version >= DYNAMIC_PROMPTS_SINCE
        ? { type: 'DisplayPromptStatusV2', ...prompt }
        : { type: 'DisplayPromptStatus', ...prompt },
      IDLE_KEYS,
    ]),
  };
}

/** Instances count from 1 for each type. */
function template(buttons: number): { instanceNumber: number; buttonDefinition: number }[] {
  return Array.from({ length: buttons }, (_, at) => ({
    instanceNumber: at === 0 ? 1 : at,
    buttonDefinition: at === 0 ? BUTTON_TYPE.line : BUTTON_TYPE.speedDial,
  }));
}

function lineStat(lineNumber: number, { version, directoryNumber }: StationFacts): SccpMessage {
  const number = lineNumber === 1 ? directoryNumber : '';
  const line = {
    lineNumber,
    lineDirNumber: number,
    lineFullyQualifiedDisplayName: number,
    lineTextLabel: number,
  };
  return version >= DYNAMIC_LINES_SINCE
    ? { type: 'LineStatV2Res', ...line, lineType: 15 }
    : { type: 'LineStatRes', ...line, lineDisplayOptions: 15 };
}

function speedDialStat(speedDialNumber: number, version: number): SccpMessage {
  const entry = { speedDialNumber, speedDialDirNumber: '', speedDialDisplayName: '' };
  return version >= DYNAMIC_LINES_SINCE
    ? { type: 'SpeedDialStatV2Res', ...entry }
    : { type: 'SpeedDialStatRes', ...entry };
}

function featureStat(featureIndex: number, version: number): SccpMessage {
  const feature = { featureIndex, featureID: 0, featureStatus: 0, featureTextLabel: '' };
  return version >= DYNAMIC_LINES_SINCE
    ? { type: 'FeatureStatV2Res', ...feature }
    : { type: 'FeatureStatRes', ...feature };
}

function serviceUrlStat(serviceURLIndex: number, version: number): SccpMessage {
  const service = { serviceURLIndex, serviceURL: '', serviceURLDisplayName: '' };
  return version >= DYNAMIC_LINES_SINCE
    ? { type: 'ServiceURLStatV2Res', ...service }
    : { type: 'ServiceURLStatRes', ...service };
}

function forwardStat(lineNumber: number): SccpMessage {
  return {
    type: 'ForwardStatRes',
    activeForward: 0,
    lineNumber,
    forwardAllActive: 0,
    forwardAllDirnum: '',
    forwardBusyActive: 0,
    forwardBusyDirnum: '',
    forwardNoAnswerActive: 0,
    forwardNoAnswerDirnum: '',
  };
}

function configStat({ deviceName, directoryNumber, buttons, server }: StationFacts): SccpMessage {
  return {
    type: 'ConfigStatRes',
    deviceName,
    userId: 0,
    instance: 0,
    userName: directoryNumber,
    serverName: server.name,
    numberLines: 1,
    numberSpeedDials: buttons - 1,
  };
}

function serverList({ name, host, port }: NamedServer): SccpMessage {
  const list = <T>(first: T, unused: T): T[] =>
    Array.from({ length: SERVERS_IN_LIST }, (_, at) => (at === 0 ? first : unused));
  return {
    type: 'ServerRes',
    serverName: list(name, ''),
    serverTcpListenPort: list(port, 0),
    serverIpAddr: list(host, '0.0.0.0'),
  };
}

/** The broken-down time is local, `systemTime` is UTC. */
function timeDate(date: Date): SccpMessage {
  return {
    type: 'TimeDateRes',
    wYear: date.getFullYear(),
    wMonth: date.getMonth() + 1,
    wDayOfWeek: date.getDay(),
    wDay: date.getDate(),
    wHour: date.getHours(),
    wMinute: date.getMinutes(),
    wSecond: date.getSeconds(),
    wMilliseconds: date.getMilliseconds(),
    systemTime: Math.floor(date.getTime() / 1000),
  };
}

function frames(version: number, messages: readonly SccpMessage[]): Buffer {
  const headerVersion = version < HEADER_VERSION_SINCE ? 0 : version;
  return Buffer.concat(messages.map((message) => encodeMessage(message, headerVersion, version)));
}
