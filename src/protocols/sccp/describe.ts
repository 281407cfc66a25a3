import { toHex } from '../../wire/hex.ts';
import type { SccpMessage } from './message-table.ts';
import { ALARM_SEVERITY } from './messages/alarm.ts';
import { BUTTON_TYPE } from './messages/buttons.ts';
import { CALL_STATE } from './messages/call.ts';
import { MEDIA_PAYLOAD } from './messages/capabilities.ts';
import { LAMP_MODE, RING_MODE } from './messages/indicators.ts';
import { HEADSET_MODE } from './messages/phone-status.ts';
import { RESET_TYPE, UNREGISTER_STATUS } from './messages/session-end.ts';

/** Names of numbers, by the field that holds them. */
const VALUE_NAMES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  alarmSeverity: ALARM_SEVERITY,
  buttonDefinition: BUTTON_TYPE,
  callState: CALL_STATE,
  compressionType: MEDIA_PAYLOAD,
  headsetMode: HEADSET_MODE,
  lampMode: LAMP_MODE,
  payloadCapability: MEDIA_PAYLOAD,
  resetType: RESET_TYPE,
  ringMode: RING_MODE,
};

/** `status` means something else in every message that has one. */
const STATUS_NAMES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  UnregisterAck: UNREGISTER_STATUS,
};

/** Longest run of bytes that is printed; further ones are only counted. */
const SHOWN_BYTES = 16;

/** One line for traces: the name as Wireshark prints it, then the fields in wire order. */
export function describe(message: SccpMessage): string {
  if (message.type === 'UnknownMessage') {
    return `UnknownMessage id=0x${message.id.toString(16).padStart(4, '0')} body=${describeBytes(message.body)}`;
  }
  const { type, ...fields } = message;
  const words = Object.entries(fields).map(([name, value]) => `${name}=${describeValue(type, name, value)}`);
  return [type, ...words].join(' ');
}

function describeValue(type: string, name: string, value: unknown): string {
  if (typeof value === 'number') {
    const names = name === 'status' ? STATUS_NAMES[type] : VALUE_NAMES[name];
    const known = Object.entries(names ?? {}).find(([, number]) => number === value);
    return known === undefined ? String(value) : `${value}(${known[0]})`;
  }
  if (typeof value === 'string') return describeText(value);
  if (value instanceof Uint8Array) return describeBytes(value);
  if (Array.isArray(value)) return `[${value.map((item) => describeValue(type, name, item)).join(' ')}]`;
  const fields = Object.entries(value as object).map(
    ([key, item]) => `${key}=${describeValue(type, key, item)}`,
  );
  return `{${fields.join(' ')}}`;
}

/** Quoted, and without a byte that could end the line or upset a terminal. */
function describeText(text: string): string {
  const quoted = JSON.stringify(text);
  return quoted.replace(/[\u007f-\u009f]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`);
}

function describeBytes(bytes: Uint8Array): string {
  const shown = toHex(bytes.subarray(0, SHOWN_BYTES));
  return bytes.length > SHOWN_BYTES ? `${shown}...(${bytes.length} bytes)` : shown || '(empty)';
}
