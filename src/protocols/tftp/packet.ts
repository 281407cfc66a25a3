import { ByteReader } from '../../wire/byte-reader.ts';
import { ByteWriter } from '../../wire/byte-writer.ts';

/** Opcodes: RFC 1350 section 5; OACK: RFC 2347. */
export const OPCODES = { RRQ: 1, WRQ: 2, DATA: 3, ACK: 4, ERROR: 5, OACK: 6 } as const;

/** Block size when no `blksize` option was agreed (RFC 1350 section 2). */
export const DEFAULT_BLOCK_SIZE = 512;

/** Error codes and their meaning: RFC 1350 appendix, 8 from RFC 2347. */
export const ERROR_MEANINGS = {
  0: 'Not defined, see error message',
  1: 'File not found',
  2: 'Access violation',
  3: 'Disk full or allocation exceeded',
  4: 'Illegal TFTP operation',
  5: 'Unknown transfer ID',
  6: 'File already exists',
  7: 'No such user',
  8: 'Option negotiation refused',
} as const satisfies Record<number, string>;

/** The codes of `ERROR_MEANINGS` by name. */
export const TFTP_ERROR = {
  notDefined: 0,
  fileNotFound: 1,
  accessViolation: 2,
  diskFull: 3,
  illegalOperation: 4,
  unknownTransferId: 5,
  fileExists: 6,
  noSuchUser: 7,
  optionRefused: 8,
} as const satisfies Record<string, keyof typeof ERROR_MEANINGS>;

/** One option of a request or of an OACK. Names are case-insensitive and decoded to lower case (RFC 2347). */
export interface TftpOption {
  readonly name: string;
  readonly value: string;
}

/**
 * A read or write request (RFC 1350 figure 5-1; options: RFC 2347). The mode is decoded to lower case.
 *
 *      2 bytes    string   1 byte  string  1 byte   string   1 byte  string   1 byte
 *     +---------+----------+-----+--------+-----+ +---------+-----+---------+-----+
 *     | 01 / 02 | filename |  0  |  mode  |  0  | | option  |  0  |  value  |  0  | ...
 *     +---------+----------+-----+--------+-----+ +---------+-----+---------+-----+
 */
export interface RequestPacket {
  readonly type: 'RRQ' | 'WRQ';
  readonly fileName: string;
  readonly mode: string;
  readonly options: readonly TftpOption[];
}

/**
 * One block of the file (RFC 1350 figure 5-2). Fewer bytes than the block size end the transfer.
 *
 *      2 bytes   2 bytes    0 to 512 bytes
 *     +--------+---------+----------------+
 *     |   03   | block # |      data      |
 *     +--------+---------+----------------+
 */
export interface DataPacket {
  readonly type: 'DATA';
  readonly block: number;
  readonly data: Uint8Array;
}

/**
 * An acknowledgement (RFC 1350 figure 5-3); block 0 answers an OACK.
 *
 *      2 bytes   2 bytes
 *     +--------+---------+
 *     |   04   | block # |
 *     +--------+---------+
 */
export interface AckPacket {
  readonly type: 'ACK';
  readonly block: number;
}

/**
 * The end of a transfer (RFC 1350 figure 5-4). Some senders leave out the last NUL: it is not asked for.
 *
 *      2 bytes   2 bytes    string   1 byte
 *     +--------+-----------+---------+-----+
 *     |   05   | errorcode | message |  0  |
 *     +--------+-----------+---------+-----+
 */
export interface ErrorPacket {
  readonly type: 'ERROR';
  readonly code: number;
  readonly message: string;
}

/**
 * The options that a server accepts (RFC 2347).
 *
 *      2 bytes   string   1 byte   string   1 byte
 *     +--------+---------+-----+---------+-----+
 *     |   06   | option  |  0  |  value  |  0  | ...
 *     +--------+---------+-----+---------+-----+
 */
export interface OptionAckPacket {
  readonly type: 'OACK';
  readonly options: readonly TftpOption[];
}

export type TftpPacket = RequestPacket | DataPacket | AckPacket | ErrorPacket | OptionAckPacket;

/** Any packet from its bytes. `data` shares memory with the input. Raises only `DecodeError`. */
export function decodePacket(bytes: Uint8Array): TftpPacket {
  const reader = new ByteReader(bytes, 'tftp');
  const opcode = reader.u16be('opcode');
  switch (opcode) {
    case OPCODES.RRQ:
    case OPCODES.WRQ:
      return {
        type: opcode === OPCODES.RRQ ? 'RRQ' : 'WRQ',
        fileName: reader.nulText('fileName'),
        mode: reader.nulText('mode').toLowerCase(),
        options: readOptions(reader),
      };
    case OPCODES.DATA:
      return { type: 'DATA', block: reader.u16be('block'), data: reader.rest() };
    case OPCODES.ACK:
      return { type: 'ACK', block: reader.u16be('block') };
    case OPCODES.ERROR:
      return {
        type: 'ERROR',
        code: reader.u16be('errorCode'),
        message: reader.fixedText(reader.remaining, 'message'),
      };
    case OPCODES.OACK:
      return { type: 'OACK', options: readOptions(reader) };
    default:
      return reader.fail('opcode', `unknown opcode ${opcode}`);
  }
}

/** The bytes of any packet. Text is Latin-1; a NUL inside text is our bug and raises RangeError. */
export function encodePacket(packet: TftpPacket): Buffer {
  switch (packet.type) {
    case 'RRQ':
    case 'WRQ': {
      const writer = new ByteWriter().u16be(OPCODES[packet.type]);
      writer.nulText(withoutNul(packet.fileName)).nulText(withoutNul(packet.mode));
      return writeOptions(writer, packet.options).finish();
    }
    case 'DATA':
      return encodeData(packet.block, packet.data);
    case 'ACK':
      return encodeAck(packet.block);
    case 'ERROR':
      return encodeError(packet.code, packet.message);
    case 'OACK':
      return writeOptions(new ByteWriter().u16be(OPCODES.OACK), packet.options).finish();
  }
}

export function encodeError(code: number, message: string): Buffer {
  return new ByteWriter().u16be(OPCODES.ERROR).u16be(code).nulText(withoutNul(message)).finish();
}

export function encodeData(block: number, data: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(4 + data.length);
  frame.writeUInt16BE(OPCODES.DATA, 0);
  frame.writeUInt16BE(block & 0xffff, 2);
  frame.set(data, 4);
  return frame;
}

export function encodeAck(block: number): Buffer {
  const frame = Buffer.allocUnsafe(4);
  frame.writeUInt16BE(OPCODES.ACK, 0);
  frame.writeUInt16BE(block & 0xffff, 2);
  return frame;
}

/** Enough for a configuration file of 32 KB; later blocks get a frame of their own. */
const SHARED_ACK_FRAMES: readonly Buffer[] = Array.from({ length: 65 }, (_, block) => encodeAck(block));

/** An acknowledgement that nobody may write to: the frames of the first blocks are shared by all transfers. */
export function ackFrame(block: number): Buffer {
  return SHARED_ACK_FRAMES[block] ?? encodeAck(block);
}

/** The opcode of a datagram, or -1 where there is none: what the hot path asks before it decodes. */
export function opcodeOf(bytes: Uint8Array): number {
  return bytes.length < 2 ? -1 : ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
}

/** The block number of a DATA or ACK packet, or -1 where the datagram is too short to have one. */
export function blockOf(bytes: Uint8Array): number {
  return bytes.length < 4 ? -1 : ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0);
}

/** Bytes before the data in a DATA packet. */
export const DATA_HEADER_BYTES = 4;

/** One line for a trace. */
export function describePacket(packet: TftpPacket): string {
  switch (packet.type) {
    case 'RRQ':
    case 'WRQ':
      return `${packet.type} ${packet.fileName} ${packet.mode}${describeOptions(packet.options)}`;
    case 'DATA':
      return `DATA block ${packet.block}, ${packet.data.length} bytes`;
    case 'ACK':
      return `ACK block ${packet.block}`;
    case 'ERROR':
      return `ERROR ${packet.code} (${errorMeaning(packet.code)}): ${packet.message}`;
    case 'OACK':
      return `OACK${describeOptions(packet.options)}`;
  }
}

export function errorMeaning(code: number): string {
  return (ERROR_MEANINGS as Readonly<Record<number, string>>)[code] ?? 'Unknown error code';
}

function describeOptions(options: readonly TftpOption[]): string {
  return options.map((option) => ` ${option.name}=${option.value}`).join('');
}

function readOptions(reader: ByteReader): TftpOption[] {
  const options: TftpOption[] = [];
  while (reader.remaining > 0) {
    options.push({
      name: reader.nulText('optionName').toLowerCase(),
      value: reader.nulText('optionValue'),
    });
  }
  return options;
}

function writeOptions(writer: ByteWriter, options: readonly TftpOption[]): ByteWriter {
  for (const { name, value } of options) writer.nulText(withoutNul(name)).nulText(withoutNul(value));
  return writer;
}

function withoutNul(text: string): string {
  if (text.includes('\0')) throw new RangeError('TFTP text with a NUL inside');
  return text;
}
