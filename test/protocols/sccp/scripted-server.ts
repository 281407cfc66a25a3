import type { SccpMessage } from '../../../src/protocols/sccp/message-table.ts';
import { BUTTON_TYPE } from '../../../src/protocols/sccp/messages/buttons.ts';
import type { Answer } from './phone-session.ts';

/** What a scripted CallManager does differently from the next one. */
export interface ServerHabits {
  readonly keepAliveInterval: number;
  /** Version byte of RegisterAck; null: the short form without it. */
  readonly versionByte: number | null;
  readonly answers: 'static' | 'dynamic';
  /** Sent before RegisterAck. */
  readonly beforeAck: readonly SccpMessage[];
  readonly asksCapabilities: boolean;
  /** Sent before each answer. */
  readonly between: readonly SccpMessage[];
  readonly unregister: readonly SccpMessage[];
  readonly buttons: readonly (readonly [type: number, instance: number])[];
}

export const CUCM: ServerHabits = {
  keepAliveInterval: 30,
  versionByte: 20,
  answers: 'dynamic',
  beforeAck: [],
  asksCapabilities: true,
  between: [],
  unregister: [{ type: 'UnregisterAck', status: 0 }],
  buttons: [
    [BUTTON_TYPE.line, 1],
    [BUTTON_TYPE.line, 2],
    [BUTTON_TYPE.speedDial, 1],
    [BUTTON_TYPE.feature, 1],
    [BUTTON_TYPE.serviceUrl, 1],
    [BUTTON_TYPE.blfSpeedDial, 2],
    [0, BUTTON_TYPE.undefined],
  ],
};

export function ack(habits: Pick<ServerHabits, 'keepAliveInterval' | 'versionByte'>): SccpMessage {
  const { keepAliveInterval, versionByte } = habits;
  const short = { type: 'RegisterAck', keepAliveInterval, dateTemplate: 'D.M.Y' } as const;
  if (versionByte === null) return short;
  return {
    ...short,
    secondaryKeepAliveInterval: 60,
    maxProtocolVer: versionByte,
    phoneFeatures: Uint8Array.of(0x20, 0xf1, 0xff),
  };
}

export function buttonTemplate(
  buttons: ServerHabits['buttons'],
  offset = 0,
  total = offset + buttons.length,
): SccpMessage {
  const entries = buttons.map(([buttonDefinition, instanceNumber]) => ({ buttonDefinition, instanceNumber }));
  return { type: 'ButtonTemplateRes', offset, total, entries };
}

export const TIME: SccpMessage = {
  type: 'TimeDateRes',
  wYear: 2026,
  wMonth: 11,
  wDayOfWeek: 1,
  wDay: 23,
  wHour: 15,
  wMinute: 50,
  wSecond: 0,
  wMilliseconds: 0,
  systemTime: 1_795_449_000,
};

export const SOFT_KEY_TEMPLATE: SccpMessage = {
  type: 'SoftKeyTemplateRes',
  offset: 0,
  total: 1,
  entries: [{ softKeyLabel: '\x80\x01', softKeyEvent: 1 }],
};

export const SOFT_KEY_SETS: SccpMessage = { type: 'SoftKeySetRes', offset: 0, total: 0, entries: [] };

export function lineStat(lineNumber: number, dynamic: boolean): SccpMessage {
  const names = { lineDirNumber: '1001', lineFullyQualifiedDisplayName: 'Test 1001', lineTextLabel: '1001' };
  return dynamic
    ? { type: 'LineStatV2Res', lineNumber, lineType: 15, ...names }
    : { type: 'LineStatRes', lineNumber, ...names, lineDisplayOptions: 15 };
}

export function forwardStat(lineNumber: number): SccpMessage {
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

/** A server with these habits. */
export function scriptedServer(habits: ServerHabits): Answer {
  return (message) => {
    const replies = reply(message, habits);
    return replies.length > 0 && message.type !== 'RegisterReq' ? [...habits.between, ...replies] : replies;
  };
}

function reply(message: SccpMessage, habits: ServerHabits): readonly SccpMessage[] {
  const dynamic = habits.answers === 'dynamic';
  switch (message.type) {
    case 'RegisterReq':
      return [...habits.beforeAck, ack(habits), ...(habits.asksCapabilities ? [CAPABILITIES_REQ] : [])];
    case 'KeepAliveReq':
      return [{ type: 'KeepAliveAck' }];
    case 'ButtonTemplateReq':
      return [buttonTemplate(habits.buttons)];
    case 'SoftKeyTemplateReq':
      return [SOFT_KEY_TEMPLATE];
    case 'SoftKeySetReq':
      return [SOFT_KEY_SETS];
    case 'LineStatReq':
      return [lineStat(message.lineNumber, dynamic)];
    case 'ForwardStatReq':
      return [forwardStat(message.lineNumber)];
    case 'SpeedDialStatReq': {
      const body = {
        speedDialNumber: message.speedDialNumber,
        speedDialDirNumber: '',
        speedDialDisplayName: '',
      };
      return [{ type: dynamic ? 'SpeedDialStatV2Res' : 'SpeedDialStatRes', ...body }];
    }
    case 'FeatureStatReq': {
      const body = {
        featureIndex: message.featureIndex,
        featureID: 19,
        featureStatus: 0,
        featureTextLabel: 'DND',
      };
      return [{ type: dynamic ? 'FeatureStatV2Res' : 'FeatureStatRes', ...body }];
    }
    case 'ServiceURLStatReq': {
      const body = { serviceURLIndex: message.serviceURLIndex, serviceURL: '', serviceURLDisplayName: '' };
      return [{ type: dynamic ? 'ServiceURLStatV2Res' : 'ServiceURLStatRes', ...body }];
    }
    case 'TimeDateReq':
      return [TIME];
    case 'UnregisterReq':
      return habits.unregister;
    default:
      return [];
  }
}

const CAPABILITIES_REQ: SccpMessage = { type: 'CapabilitiesReq' };
