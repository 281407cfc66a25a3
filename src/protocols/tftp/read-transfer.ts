/**
 * The phone's side of one file (RFC 1350; retransmission also RFC 1123 section 4.2.3.1). One block is under way at
 * a time; "last packet" is the request, later the newest acknowledgement.
 *
 *   state       event                             what happens                                        next
 *   ----------  --------------------------------  --------------------------------------------------  ----------
 *   idle        start                             bind a fresh port, send RRQ                         requesting
 *   requesting  DATA 1                            adopt the sender's port (TID), take it, ACK 1       receiving
 *   requesting  no answer for timeoutMs           RRQ again, requestAttempts in all                   requesting
 *   requesting  ERROR 1                           not-found                                           ended
 *   receiving   DATA of the next block            take it, ACK it                                     receiving
 *   receiving   DATA of the last block again      ACK it again, unless our ACK has only just left     receiving
 *   receiving   DATA of any other block           nothing (counted)                                   receiving
 *   receiving   no answer for timeoutMs           last ACK again, blockAttempts in all                receiving
 *   either      DATA shorter than 512             ACK, received                                       ended
 *   either      DATA, and the sink has enough     ERROR 0 to the server, received                     ended
 *   either      DATA over the sink's limit        ERROR 3 to the server, failed: too-large            ended
 *   either      any other ERROR                   failed                                              ended
 *   either      OACK (we never ask for options)   ERROR 8, failed: malformed                          ended
 *   either      anything else from the server     ERROR 4, failed: malformed                          ended
 *   either      attempts used up                  failed: timeout                                     ended
 *   either      from another port of the server   ERROR 5 to that port (not to an ERROR)              same
 *   either      from another address              nothing (counted): answering would reach a stranger same
 *   either      stop                              ERROR 0 to a server that is sending, stopped        ended
 *
 * Cisco phones send requests without options from a fresh port for each file (captures of a 7962G with 9.4(2) and
 * an 8861 with 12.1), so the block size is 512.
 *
 * The block number has 16 bits and goes from 65535 to 0, as tftpd-hpa, atftpd and dnsmasq have it.
 *
 * The port is closed with the last ACK. Should that ACK be lost, the server repeats the last block to a closed port
 * until it gives up: nothing here sees that, the phone has its file.
 */
import type { CloseCause, DatagramEvent, Effects, MachineEvent } from '../effects.ts';
import { DecodeError } from '../../wire/decode-error.ts';
import { FileSink, type FileSinkConfig } from '../file-sink.ts';
import {
  ackFrame,
  blockOf,
  DATA_HEADER_BYTES,
  decodePacket,
  DEFAULT_BLOCK_SIZE,
  encodeError,
  encodePacket,
  OPCODES,
  opcodeOf,
  TFTP_ERROR,
  type ErrorPacket,
} from './packet.ts';

export interface TransferSettings {
  /** Wait for the answer to a packet before it is sent again. */
  readonly timeoutMs: number;
  /** Times that the request is sent. */
  readonly requestAttempts: number;
  /** Times that one acknowledgement is sent, the first included. */
  readonly blockAttempts: number;
}

export interface ReadTransferConfig {
  /** Address (not a name) of the server: answers must come from it. */
  readonly host: string;
  readonly port: number;
  readonly fileName: string;
  readonly sink: FileSinkConfig;
  readonly settings: TransferSettings;
}

export type TftpTimer = 'answer';

/** Why a datagram was not used. */
export type IgnoredReason = 'foreign-address' | 'wrong-tid' | 'duplicate-block' | 'unexpected-block';

export type TftpNotice =
  | { readonly type: 'retransmitted' }
  | { readonly type: 'ignored'; readonly reason: IgnoredReason };

export type TftpFailureCause =
  | 'timeout'
  | 'access-violation'
  | 'error'
  | 'malformed'
  | 'too-large'
  | CloseCause;

export interface TftpFailure {
  readonly outcome: 'failed';
  readonly cause: TftpFailureCause;
  /** The code of the server's ERROR packet. */
  readonly code?: number;
  /** The text of the server's ERROR packet, or what was wrong with its bytes. */
  readonly message?: string;
}

export type TftpResult =
  | {
      readonly outcome: 'received';
      readonly bytes: number;
      /** The file, where the sink kept it. */
      readonly content: Buffer | null;
      /** Lower-case hex, where the sink digested it. */
      readonly digest: string | null;
    }
  | { readonly outcome: 'not-found'; readonly message: string }
  | TftpFailure
  | { readonly outcome: 'stopped' };

/** The machine's record. Read it freely; only `stepReadTransfer` writes it. */
export interface ReadTransfer {
  state: 'idle' | 'requesting' | 'receiving' | 'ended';
  readonly config: ReadTransferConfig;
  readonly sink: FileSink;
  /** The server's TID, 0 while it is not known. */
  serverPort: number;
  /** Number of the newest block taken, modulo 65536. */
  lastBlock: number;
  /** Times that the last packet has been sent. */
  attempts: number;
  lastSentAt: number;
}

export type ReadTransferEffects = Effects<TftpTimer, TftpNotice, TftpResult>;

const RETRANSMITTED: TftpNotice = { type: 'retransmitted' };
const IGNORED: Readonly<Record<IgnoredReason, TftpNotice>> = {
  'foreign-address': { type: 'ignored', reason: 'foreign-address' },
  'wrong-tid': { type: 'ignored', reason: 'wrong-tid' },
  'duplicate-block': { type: 'ignored', reason: 'duplicate-block' },
  'unexpected-block': { type: 'ignored', reason: 'unexpected-block' },
};

const STOPPED_FRAME = encodeError(TFTP_ERROR.notDefined, 'transfer stopped');
const TOO_LARGE_FRAME = encodeError(TFTP_ERROR.diskFull, 'file too large');
const ILLEGAL_FRAME = encodeError(TFTP_ERROR.illegalOperation, 'illegal TFTP operation');
const WRONG_TID_FRAME = encodeError(TFTP_ERROR.unknownTransferId, 'unknown transfer ID');
const OPTIONS_FRAME = encodeError(TFTP_ERROR.optionRefused, 'no option was requested');

/**
 * A repeated block within this part of `timeoutMs` after our ACK of it is taken for a copy made by the network, not
 * for a server that missed the ACK: a second ACK would make a server without RFC 1123's fix send every later block
 * twice (the Sorcerer's Apprentice). The figure is our inference.
 */
const DUPLICATE_QUIET_PART = 1 / 8;

/** Text of an ERROR packet that is kept; a datagram could bring 64 KB. */
const MAX_MESSAGE_LENGTH = 200;

export function createReadTransfer(config: ReadTransferConfig): ReadTransfer {
  const sink = new FileSink(config.sink);
  return { state: 'idle', config, sink, serverPort: 0, lastBlock: 0, attempts: 0, lastSentAt: 0 };
}

export function stepReadTransfer(
  machine: ReadTransfer,
  event: MachineEvent<TftpTimer>,
  out: ReadTransferEffects,
): void {
  switch (machine.state) {
    case 'idle':
      if (event.type === 'start') return begin(machine, event.now, out);
      if (event.type === 'stop') return end(machine, { outcome: 'stopped' }, out);
      return;
    case 'requesting':
    case 'receiving':
      return underWay(machine, event, out);
    case 'ended':
      return;
    default:
      machine.state satisfies never;
  }
}

function begin(machine: ReadTransfer, now: number, out: ReadTransferEffects): void {
  machine.state = 'requesting';
  out.bind();
  sendLastPacket(machine, now, out);
  out.setTimer('answer', machine.config.settings.timeoutMs);
}

function underWay(machine: ReadTransfer, event: MachineEvent<TftpTimer>, out: ReadTransferEffects): void {
  switch (event.type) {
    case 'datagram':
      return onDatagram(machine, event, out);
    case 'timer':
      return onTimer(machine, event.now, out);
    case 'unsendable':
      return end(machine, { outcome: 'failed', cause: event.cause }, out);
    case 'stop':
      if (machine.state === 'receiving') {
        out.sendTo(machine.config.host, machine.serverPort, STOPPED_FRAME);
      }
      return end(machine, { outcome: 'stopped' }, out);
    default: // the events of streams do not happen on a UDP port
      return;
  }
}

function onDatagram(machine: ReadTransfer, event: DatagramEvent, out: ReadTransferEffects): void {
  const opcode = opcodeOf(event.bytes);
  if (event.address !== machine.config.host) return out.notice(IGNORED['foreign-address']);
  if (machine.serverPort !== 0 && event.port !== machine.serverPort) {
    if (opcode !== OPCODES.ERROR) out.sendTo(event.address, event.port, WRONG_TID_FRAME);
    return out.notice(IGNORED['wrong-tid']);
  }
  const block = opcode === OPCODES.DATA ? blockOf(event.bytes) : -1;
  if (block >= 0) return onData(machine, block, event, out);
  onOtherPacket(machine, event, out);
}

function onData(machine: ReadTransfer, block: number, event: DatagramEvent, out: ReadTransferEffects): void {
  if (block !== ((machine.lastBlock + 1) & 0xffff)) return onUnexpectedBlock(machine, block, event.now, out);
  const length = event.bytes.length - DATA_HEADER_BYTES;
  if (length > DEFAULT_BLOCK_SIZE) {
    return refuse(machine, event, ILLEGAL_FRAME, malformed(`a block of ${length} bytes`), out);
  }
  if (!machine.sink.add(event.bytes.subarray(DATA_HEADER_BYTES))) {
    return refuse(machine, event, TOO_LARGE_FRAME, { outcome: 'failed', cause: 'too-large' }, out);
  }
  machine.state = 'receiving';
  machine.serverPort = event.port;
  machine.lastBlock = block;
  machine.attempts = 0;
  const { sink } = machine;
  const isLast = length < DEFAULT_BLOCK_SIZE;
  if (sink.hasEnough && !isLast) out.sendTo(event.address, event.port, STOPPED_FRAME);
  else sendLastPacket(machine, event.now, out);
  if (!isLast && !sink.hasEnough) return;
  const received = { bytes: sink.bytes, content: sink.takeContent(), digest: sink.takeDigest() };
  end(machine, { outcome: 'received', ...received }, out);
}

function onUnexpectedBlock(
  machine: ReadTransfer,
  block: number,
  now: number,
  out: ReadTransferEffects,
): void {
  if (machine.state !== 'receiving' || block !== machine.lastBlock) {
    return out.notice(IGNORED['unexpected-block']);
  }
  const { timeoutMs, blockAttempts } = machine.config.settings;
  const justAcknowledged = now - machine.lastSentAt < timeoutMs * DUPLICATE_QUIET_PART;
  if (justAcknowledged || machine.attempts >= blockAttempts) return out.notice(IGNORED['duplicate-block']);
  sendLastPacket(machine, now, out);
  out.notice(RETRANSMITTED);
}

function onOtherPacket(machine: ReadTransfer, event: DatagramEvent, out: ReadTransferEffects): void {
  try {
    const packet = decodePacket(event.bytes);
    if (packet.type === 'ERROR') return end(machine, resultOfError(machine, packet), out);
    const frame = packet.type === 'OACK' ? OPTIONS_FRAME : ILLEGAL_FRAME;
    refuse(machine, event, frame, malformed(`${packet.type} from the server`), out);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    refuse(machine, event, ILLEGAL_FRAME, malformed(error.message), out);
  }
}

/**
 * The timer is set once and not moved by each block: when it fires early for the newest packet, it is set again for
 * the rest. Less than a millisecond of rest counts as none.
 */
function onTimer(machine: ReadTransfer, now: number, out: ReadTransferEffects): void {
  const { timeoutMs, requestAttempts, blockAttempts } = machine.config.settings;
  const rest = machine.lastSentAt + timeoutMs - now;
  if (rest >= 1) return out.setTimer('answer', rest);
  const attempts = machine.state === 'requesting' ? requestAttempts : blockAttempts;
  if (machine.attempts >= attempts) return end(machine, { outcome: 'failed', cause: 'timeout' }, out);
  sendLastPacket(machine, now, out);
  out.setTimer('answer', timeoutMs);
  out.notice(RETRANSMITTED);
}

/** The request while there is no answer, afterwards the acknowledgement of the newest block. */
function sendLastPacket(machine: ReadTransfer, now: number, out: ReadTransferEffects): void {
  const { host, port, fileName } = machine.config;
  machine.attempts++;
  machine.lastSentAt = now;
  if (machine.state === 'receiving') return out.sendTo(host, machine.serverPort, ackFrame(machine.lastBlock));
  out.sendTo(host, port, encodePacket({ type: 'RRQ', fileName, mode: 'octet', options: [] }));
}

function resultOfError(machine: ReadTransfer, packet: ErrorPacket): TftpResult {
  const { code } = packet;
  const message = packet.message.slice(0, MAX_MESSAGE_LENGTH);
  if (code === TFTP_ERROR.fileNotFound && machine.state === 'requesting') {
    return { outcome: 'not-found', message };
  }
  const cause = code === TFTP_ERROR.accessViolation ? 'access-violation' : 'error';
  return { outcome: 'failed', cause, code, message };
}

function malformed(message: string): TftpFailure {
  return { outcome: 'failed', cause: 'malformed', message };
}

/** Tell the server why, and end. */
function refuse(
  machine: ReadTransfer,
  event: DatagramEvent,
  frame: Buffer,
  failure: TftpFailure,
  out: ReadTransferEffects,
): void {
  out.sendTo(event.address, event.port, frame);
  end(machine, failure, out);
}

function end(machine: ReadTransfer, result: TftpResult, out: ReadTransferEffects): void {
  const begun = machine.state !== 'idle';
  machine.state = 'ended';
  if (begun) {
    out.clearTimer('answer');
    out.close();
  }
  out.done(result);
}
