import { fixedText, openText, struct, u32le } from '../../../wire/codec.ts';
import { message } from '../message.ts';

export const ALARM_SEVERITY = {
  critical: 0,
  warning: 1,
  informational: 2,
  unknown: 4,
  major: 7,
  minor: 8,
  marginal: 10,
  traceInfo: 20,
} as const;

/** The first message of a connection: why the phone was out of service last. */
export const alarm = message(
  0x0020,
  'Alarm',
  struct({ alarmSeverity: u32le, text: fixedText(80), parm1: u32le, parm2: u32le }),
);

/** The same in XML (`x-cisco-alarm`), from 9.x loads; up to 2,048 bytes. */
export const enhancedAlarm = message(0x015a, 'EnhancedAlarm', struct({ data: openText(0) }));
