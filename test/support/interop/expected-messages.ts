/** What phones and the lab's CallManager say to each other in a registration, for a look at captures of it. */
import type { SccpConversation } from './conversations.ts';

export interface Kind {
  readonly protocolVersion: 17 | 22;
  readonly flash: 'warm' | 'factory';
}

/** What one side says in a registration, in its order; the same several times in a row is named once. */
export function saying({ messages }: SccpConversation, side: 'sent' | 'received'): string {
  const names = messages.filter(({ direction }) => direction === side).map(({ name }) => name);
  return withoutRepeats(names).join(' ');
}

/** In the order of the observed firmware; UpdateCapabilities is of version 22. */
export function expectedSaying({ protocolVersion }: Kind, side: 'sent' | 'received'): string {
  const sent = [
    ...[
      'Alarm',
      'RegisterReq',
      'HeadsetStatus',
      'CapabilitiesRes',
      'ButtonTemplateReq',
      'SoftKeyTemplateReq',
    ],
    ...['SoftKeySetReq', 'LineStatReq', 'SpeedDialStatReq', 'ForwardStatReq'],
    ...(protocolVersion === 22 ? ['UpdateCapabilities'] : []),
    ...['RegisterAvailableLines', 'TimeDateReq', 'KeepAliveReq', 'UnregisterReq'],
  ];
  const received = [
    ...['RegisterAck', 'CapabilitiesReq', 'ButtonTemplateRes', 'SoftKeyTemplateRes', 'SoftKeySetRes'],
    ...['SelectSoftKeys', 'LineStatV2Res', 'SpeedDialStatV2Res', 'ForwardStatRes', 'TimeDateRes', 'SetLamp'],
    ...['DisplayPromptStatusV2', 'SelectSoftKeys', 'KeepAliveAck', 'UnregisterAck'],
  ];
  return (side === 'sent' ? sent : received).join(' ');
}

/** Question and answer, whoever asks. */
export const ANSWERS = {
  RegisterReq: 'RegisterAck',
  CapabilitiesReq: 'CapabilitiesRes',
  ButtonTemplateReq: 'ButtonTemplateRes',
  SoftKeyTemplateReq: 'SoftKeyTemplateRes',
  SoftKeySetReq: 'SoftKeySetRes',
  LineStatReq: 'LineStatV2Res',
  SpeedDialStatReq: 'SpeedDialStatV2Res',
  ForwardStatReq: 'ForwardStatRes',
  TimeDateReq: 'TimeDateRes',
  KeepAliveReq: 'KeepAliveAck',
  UnregisterReq: 'UnregisterAck',
} as const;

/** The length field counts what follows the first eight bytes: message id and payload. */
export const LENGTHS: Readonly<Record<string, number>> = {
  Alarm: 96,
  RegisterReq: 128,
  RegisterAck: 24,
  CapabilitiesReq: 4,
  HeadsetStatus: 8,
  CapabilitiesRes: 4 + 4 + 18 * 16,
  ButtonTemplateReq: 4,
  ButtonTemplateRes: 100,
  SoftKeyTemplateReq: 4,
  SoftKeySetReq: 4,
  LineStatReq: 8,
  SpeedDialStatReq: 8,
  ForwardStatReq: 8,
  UpdateCapabilities: 1844,
  RegisterAvailableLines: 8,
  TimeDateReq: 4,
  TimeDateRes: 40,
  KeepAliveReq: 4,
  KeepAliveAck: 4,
  UnregisterReq: 8,
  UnregisterAck: 8,
};

/** A datagram that was sent again says nothing new. */
export function withoutRepeats(names: readonly string[]): string[] {
  return names.filter((name, i) => name !== names[i - 1]);
}
