import type { ByteReader } from '../../wire/byte-reader.ts';
import { ByteWriter } from '../../wire/byte-writer.ts';

/** How the value of an option is laid out, and what it is in memory. */
export interface OptionShapes {
  /** Four octets, dotted text. */
  readonly ip: string;
  /** n times four octets, n at least 1. */
  readonly ips: readonly string[];
  /** NVT ASCII, read as Latin-1 up to the first NUL (RFC 2132, section 2: receivers delete trailing NULs). */
  readonly text: string;
  /** Octets that are usually text, kept whole as Latin-1: a trailing NUL stays. */
  readonly octetText: string;
  readonly u8: number;
  readonly u16: number;
  readonly u32: number;
  /** One octet each. */
  readonly codes: readonly number[];
  readonly bytes: Uint8Array;
}

export interface OptionFacts {
  readonly code: number;
  readonly shape: keyof OptionShapes;
  /** The document and section that define it. */
  readonly source: string;
}

/** The options that phones, servers and relays use here. Others travel as `RawOption`. */
export const DHCP_OPTIONS = {
  subnetMask: { code: 1, shape: 'ip', source: 'RFC 2132, 3.3' },
  routers: { code: 3, shape: 'ips', source: 'RFC 2132, 3.5' },
  domainNameServers: { code: 6, shape: 'ips', source: 'RFC 2132, 3.8' },
  hostName: { code: 12, shape: 'text', source: 'RFC 2132, 3.14' },
  domainName: { code: 15, shape: 'text', source: 'RFC 2132, 3.17' },
  arpCacheTimeout: { code: 35, shape: 'u32', source: 'RFC 2132, 6.3' },
  ntpServers: { code: 42, shape: 'ips', source: 'RFC 2132, 8.3' },
  requestedAddress: { code: 50, shape: 'ip', source: 'RFC 2132, 9.1' },
  /** Seconds; 0xffffffff is for ever. */
  leaseTime: { code: 51, shape: 'u32', source: 'RFC 2132, 9.2' },
  /** 1: `file` holds options, 2: `sname` does, 3: both. */
  optionOverload: { code: 52, shape: 'u8', source: 'RFC 2132, 9.3' },
  messageType: { code: 53, shape: 'u8', source: 'RFC 2132, 9.6' },
  serverIdentifier: { code: 54, shape: 'ip', source: 'RFC 2132, 9.7' },
  parameterRequestList: { code: 55, shape: 'codes', source: 'RFC 2132, 9.8' },
  /** Why a server says no. */
  message: { code: 56, shape: 'text', source: 'RFC 2132, 9.9' },
  maxMessageSize: { code: 57, shape: 'u16', source: 'RFC 2132, 9.10' },
  /** T1, seconds. */
  renewalTime: { code: 58, shape: 'u32', source: 'RFC 2132, 9.11' },
  /** T2, seconds. */
  rebindingTime: { code: 59, shape: 'u32', source: 'RFC 2132, 9.12' },
  vendorClass: { code: 60, shape: 'octetText', source: 'RFC 2132, 9.13' },
  clientIdentifier: { code: 61, shape: 'bytes', source: 'RFC 2132, 9.14' },
  tftpServerName: { code: 66, shape: 'text', source: 'RFC 2132, 9.4' },
  relayAgentInformation: { code: 82, shape: 'bytes', source: 'RFC 3046, 2.0' },
  tftpServers: { code: 150, shape: 'ips', source: 'RFC 5859' },
} as const satisfies Record<string, OptionFacts>;

export type DhcpOptionName = keyof typeof DHCP_OPTIONS;

/** Options by name. The order of the keys is the order on the wire. */
export type DhcpOptions = {
  readonly [Name in DhcpOptionName]?: OptionShapes[(typeof DHCP_OPTIONS)[Name]['shape']];
};

/** An option that the table does not know. */
export interface RawOption {
  readonly code: number;
  readonly bytes: Uint8Array;
}

/** RFC 2132, section 3.1 and 3.2: the two options that are a code and nothing else. */
export const PAD = 0;
export const END = 255;

const NAME_BY_CODE: ReadonlyMap<number, DhcpOptionName> = new Map(
  dhcpOptionNames(DHCP_OPTIONS).map((name) => [DHCP_OPTIONS[name].code, name]),
);

export function optionName(code: number): DhcpOptionName | undefined {
  return NAME_BY_CODE.get(code);
}

/** The keys of a record of options, in wire order. */
export function dhcpOptionNames(
  options: Readonly<Partial<Record<DhcpOptionName, unknown>>>,
): DhcpOptionName[] {
  return Object.keys(options) as DhcpOptionName[];
}

/** Decode a value that fills the rest of `reader`. Throws `DecodeError` when the length does not fit the shape. */
export function decodeOption(name: DhcpOptionName, reader: ByteReader): OptionShapes[keyof OptionShapes] {
  const codec: ShapeCodec<OptionShapes[keyof OptionShapes]> = SHAPE_CODECS[DHCP_OPTIONS[name].shape];
  const value = codec.read(reader, name);
  if (reader.remaining > 0) reader.fail(name, `${reader.remaining} bytes too many`);
  return value;
}

/** Append code, length and value; a value over 255 octets is split into options of the same code (RFC 3396). */
export function writeOption(writer: ByteWriter, name: DhcpOptionName, value: unknown): void {
  const codec: ShapeCodec<unknown> = SHAPE_CODECS[DHCP_OPTIONS[name].shape];
  const { code } = DHCP_OPTIONS[name];
  const size = codec.size(value);
  if (size <= MAX_OPTION_BYTES) {
    codec.write(writer.u8(code).u8(size), value);
    return;
  }
  const whole = new ByteWriter(size);
  codec.write(whole, value);
  writeRawOption(writer, code, whole.finish());
}

export function writeRawOption(writer: ByteWriter, code: number, value: Uint8Array): void {
  let at = 0;
  do {
    const part = value.subarray(at, at + MAX_OPTION_BYTES);
    writer.u8(code).u8(part.length).bytes(part);
    at += MAX_OPTION_BYTES;
  } while (at < value.length);
}

const MAX_OPTION_BYTES = 255;

/** `write` appends exactly `size` octets. */
interface ShapeCodec<Value> {
  read(reader: ByteReader, field: string): Value;
  size(value: Value): number;
  write(writer: ByteWriter, value: Value): void;
}

const SHAPE_CODECS: { readonly [Shape in keyof OptionShapes]: ShapeCodec<OptionShapes[Shape]> } = {
  ip: {
    read: (reader, field) => reader.ipv4(field),
    size: () => 4,
    write: (writer, value) => void writer.ipv4(value),
  },
  ips: {
    read(reader, field) {
      const addresses = [reader.ipv4(field)];
      while (reader.remaining > 0) addresses.push(reader.ipv4(field));
      return addresses;
    },
    size: (value) => 4 * value.length,
    write(writer, value) {
      for (const address of value) writer.ipv4(address);
    },
  },
  text: {
    read: (reader, field) => reader.fixedText(reader.remaining, field),
    size: (value) => value.length,
    write: (writer, value) => void writer.text(value),
  },
  octetText: {
    read: (reader) => Buffer.from(reader.rest()).toString('latin1'),
    size: (value) => value.length,
    write: (writer, value) => void writer.text(value),
  },
  u8: {
    read: (reader, field) => reader.u8(field),
    size: () => 1,
    write: (writer, value) => void writer.u8(value),
  },
  u16: {
    read: (reader, field) => reader.u16be(field),
    size: () => 2,
    write: (writer, value) => void writer.u16be(value),
  },
  u32: {
    read: (reader, field) => reader.u32be(field),
    size: () => 4,
    write: (writer, value) => void writer.u32be(value),
  },
  codes: {
    read: (reader) => [...reader.rest()],
    size: (value) => value.length,
    write(writer, value) {
      for (const code of value) writer.u8(code);
    },
  },
  bytes: {
    // A copy: the datagram belongs to the driver and its memory is used again.
    read: (reader) => new Uint8Array(reader.rest()),
    size: (value) => value.length,
    write: (writer, value) => void writer.bytes(value),
  },
};
