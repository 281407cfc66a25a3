import { toHex } from '../../wire/hex.ts';
import { BOOTREQUEST, type DhcpMessage, MESSAGE_TYPES, NO_ADDRESS } from './message.ts';
import { DHCP_OPTIONS, dhcpOptionNames } from './options.ts';

const TYPE_NAMES = new Map<number, string>(Object.entries(MESSAGE_TYPES).map(([name, code]) => [code, name]));

/** A message as one line for traces: its type, the fields that are set, the options as code, name and value. */
export function describeDhcp(message: DhcpMessage): string {
  const { options, xid, secs, chaddr } = message;
  const words = [nameOf(message), `xid=0x${xid.toString(16).padStart(8, '0')}`, `chaddr=${chaddr}`];
  if (secs > 0) words.push(`secs=${secs}`);
  for (const field of ['ciaddr', 'yiaddr', 'siaddr', 'giaddr'] as const) {
    if (message[field] !== NO_ADDRESS) words.push(`${field}=${message[field]}`);
  }
  if (message.sname !== '') words.push(`sname=${printable(message.sname)}`);
  if (message.file !== '') words.push(`file=${printable(message.file)}`);
  for (const name of dhcpOptionNames(options)) {
    if (name !== 'messageType') words.push(`${DHCP_OPTIONS[name].code}/${name}=${printable(options[name])}`);
  }
  for (const { code, bytes } of message.otherOptions) words.push(`${code}=${toHex(bytes)}`);
  return words.join(' ');
}

function nameOf({ op, options: { messageType } }: DhcpMessage): string {
  if (messageType === undefined) return op === BOOTREQUEST ? 'BOOTREQUEST' : 'BOOTREPLY';
  return TYPE_NAMES.get(messageType) ?? `DHCP type ${messageType}`;
}

/** Text from the wire in quotes, its control characters escaped: a trace line stays one line. */
function printable(value: unknown): string {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.join(',');
  if (typeof value !== 'string' || /^[\d.]+$/.test(value)) return String(value);
  return JSON.stringify(value).replace(/[\u007f-\u009f]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
}
