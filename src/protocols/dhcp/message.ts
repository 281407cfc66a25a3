import { ByteReader } from '../../wire/byte-reader.ts';
import { ByteWriter } from '../../wire/byte-writer.ts';
import {
  decodeOption,
  DHCP_OPTIONS,
  type DhcpOptionName,
  dhcpOptionNames,
  type DhcpOptions,
  END,
  optionName,
  PAD,
  type RawOption,
  writeOption,
  writeRawOption,
} from './options.ts';

/**
 * A DHCP message: RFC 2131, section 2, figure 1. Numbers in network order.
 *
 *   0  op      1  htype   2  hlen   3  hops
 *   4  xid (4)            8  secs (2)       10 flags (2)
 *   12 ciaddr (4)        16  yiaddr (4)     20 siaddr (4)     24 giaddr (4)
 *   28 chaddr (16)       44  sname (64)    108 file (128)
 *  236 magic cookie 63 82 53 63            240 options
 */
export interface DhcpMessage {
  /** 1 BOOTREQUEST, 2 BOOTREPLY. */
  readonly op: number;
  /** 1 is Ethernet. */
  readonly htype: number;
  readonly hops: number;
  readonly xid: number;
  readonly secs: number;
  readonly flags: number;
  readonly ciaddr: string;
  readonly yiaddr: string;
  readonly siaddr: string;
  readonly giaddr: string;
  /** The first `hlen` octets of the field, upper-case hex. */
  readonly chaddr: string;
  /** Empty when the field held options. */
  readonly sname: string;
  readonly file: string;
  readonly options: DhcpOptions;
  /** Options that the table does not know; they are encoded after the others. */
  readonly otherOptions: readonly RawOption[];
}

export const BOOTREQUEST = 1;
export const BOOTREPLY = 2;
export const HTYPE_ETHERNET = 1;
export const NO_ADDRESS = '0.0.0.0';

/** The BROADCAST bit of `flags`: RFC 2131, section 2, figure 2. */
export const BROADCAST_FLAG = 0x8000;

/** Values of option 53: RFC 2132, section 9.6. */
export const MESSAGE_TYPES = {
  DHCPDISCOVER: 1,
  DHCPOFFER: 2,
  DHCPREQUEST: 3,
  DHCPDECLINE: 4,
  DHCPACK: 5,
  DHCPNAK: 6,
  DHCPRELEASE: 7,
  DHCPINFORM: 8,
} as const;

export const SECS_OFFSET = 8;
const CHADDR_BYTES = 16;
const SNAME_OFFSET = 44;
const SNAME_BYTES = 64;
const FILE_OFFSET = 108;
const FILE_BYTES = 128;
const OPTIONS_OFFSET = 240;
const MAGIC_COOKIE = 0x63825363;

/** The smallest BOOTP message that every relay passes on: RFC 1542, section 2.1. */
const MIN_MESSAGE_BYTES = 300;

/** Bits of option 52: which fields hold options. */
const OVERLOAD_FILE = 1;
const OVERLOAD_SNAME = 2;

/**
 * Encode a message: the options in the order of their keys, END, and PAD up to `minimumBytes`. RangeError for values
 * that do not fit their field.
 */
export function encodeDhcp(message: DhcpMessage, minimumBytes = MIN_MESSAGE_BYTES): Buffer {
  const hlen = message.chaddr.length / 2;
  if (!Number.isInteger(hlen) || hlen > CHADDR_BYTES) throw new RangeError(`chaddr ${message.chaddr}`);
  const writer = new ByteWriter(Math.max(minimumBytes, MIN_MESSAGE_BYTES))
    .u8(message.op)
    .u8(message.htype)
    .u8(hlen)
    .u8(message.hops)
    .u32be(message.xid)
    .u16be(message.secs)
    .u16be(message.flags)
    .ipv4(message.ciaddr)
    .ipv4(message.yiaddr)
    .ipv4(message.siaddr)
    .ipv4(message.giaddr)
    .bytes(Buffer.from(message.chaddr, 'hex'))
    .zeros(CHADDR_BYTES - hlen)
    .fixedText(message.sname, SNAME_BYTES)
    .fixedText(message.file, FILE_BYTES)
    .u32be(MAGIC_COOKIE);
  for (const name of dhcpOptionNames(message.options)) {
    const value = message.options[name];
    if (value !== undefined) writeOption(writer, name, value);
  }
  for (const { code, bytes } of message.otherOptions) writeRawOption(writer, code, bytes);
  writer.u8(END);
  return writer.zeros(Math.max(0, minimumBytes - writer.length)).finish();
}

/**
 * Decode a message. Options that option 52 puts into `file` and `sname` are read too, in that order; parts of an
 * option that was sent more than once are joined (RFC 3396). Throws `DecodeError` and nothing else.
 */
export function decodeDhcp(bytes: Uint8Array): DhcpMessage {
  const reader = new ByteReader(bytes, 'dhcp');
  const op = reader.u8('op');
  const htype = reader.u8('htype');
  const hlen = reader.u8('hlen');
  if (hlen > CHADDR_BYTES) reader.fail('hlen', `${hlen} octets do not fit chaddr`);
  const hops = reader.u8('hops');
  const xid = reader.u32be('xid');
  const secs = reader.u16be('secs');
  const flags = reader.u16be('flags');
  const ciaddr = reader.ipv4('ciaddr');
  const yiaddr = reader.ipv4('yiaddr');
  const siaddr = reader.ipv4('siaddr');
  const giaddr = reader.ipv4('giaddr');
  const chaddr = hexText(reader.bytes(CHADDR_BYTES, 'chaddr').subarray(0, hlen));
  const sname = reader.fixedText(SNAME_BYTES, 'sname');
  const file = reader.fixedText(FILE_BYTES, 'file');
  if (reader.u32be('magic') !== MAGIC_COOKIE) reader.fail('magic', 'not the cookie 63 82 53 63');
  const found = new FoundOptions(bytes);
  found.collect(OPTIONS_OFFSET, bytes.length);
  const overload = found.overload();
  if (overload & OVERLOAD_FILE) found.collect(FILE_OFFSET, FILE_OFFSET + FILE_BYTES);
  if (overload & OVERLOAD_SNAME) found.collect(SNAME_OFFSET, SNAME_OFFSET + SNAME_BYTES);
  return {
    op,
    htype,
    hops,
    xid,
    secs,
    flags,
    ciaddr,
    yiaddr,
    siaddr,
    giaddr,
    chaddr,
    sname: overload & OVERLOAD_SNAME ? '' : sname,
    file: overload & OVERLOAD_FILE ? '' : file,
    ...found.decode(),
  };
}

/** Where the value of an option lies in the message; where it was sent in parts, all of them. */
interface FoundOption {
  readonly start: number;
  readonly end: number;
  readonly parts: Uint8Array[];
}

/** The options of one message by code, in the order in which each was first seen. */
class FoundOptions {
  readonly #message: Uint8Array;
  readonly #options = new Map<number, FoundOption>();

  constructor(message: Uint8Array) {
    this.#message = message;
  }

  /** Walk code, length, value up to END. An area that ends without END is accepted, a cut option is not. */
  collect(areaStart: number, areaEnd: number): void {
    const reader = new ByteReader(this.#message, 'dhcp', areaStart, areaEnd);
    while (reader.remaining > 0) {
      const code = reader.u8('option');
      if (code === PAD) continue;
      if (code === END) return;
      const length = reader.u8('option.length');
      const start = reader.offset;
      const part = reader.bytes(length, optionName(code) ?? `option ${code}`);
      const earlier = this.#options.get(code);
      if (earlier === undefined) this.#options.set(code, { start, end: start + length, parts: [part] });
      else earlier.parts.push(part);
    }
  }

  /** The value of option 52, which is then done with. 0: no field is overloaded. */
  overload(): number {
    const { code } = DHCP_OPTIONS.optionOverload;
    const option = this.#options.get(code);
    if (option === undefined) return 0;
    this.#options.delete(code);
    return this.#reader(option).u8('optionOverload');
  }

  decode(): { options: DhcpOptions; otherOptions: RawOption[] } {
    const options: Partial<Record<DhcpOptionName, unknown>> = {};
    const otherOptions: RawOption[] = [];
    for (const [code, option] of this.#options) {
      const name = optionName(code);
      const reader = this.#reader(option);
      if (name !== undefined) options[name] = decodeOption(name, reader);
      else otherOptions.push({ code, bytes: new Uint8Array(reader.rest()) });
    }
    return { options: options as DhcpOptions, otherOptions };
  }

  #reader({ start, end, parts }: FoundOption): ByteReader {
    if (parts.length > 1) return new ByteReader(Buffer.concat(parts), 'dhcp');
    return new ByteReader(this.#message, 'dhcp', start, end);
  }
}

function hexText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex').toUpperCase();
}
